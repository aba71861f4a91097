import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readVolumeFile } from '../../adapters/formats.ts';
import { encodeNifti } from '../../adapters/nifti-file.ts';
import type { Grid } from '../../core/geometry.ts';
import { sameGrid } from '../../core/orientation.ts';
import type { Volume } from '../../core/volume.ts';

const folder = mkdtempSync(join(tmpdir(), 'spindle-nifti-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Direction = Grid['direction'];

function volumeOn(direction: Direction, originLpsMm: Grid['originLpsMm'] = [10, -20, 30.5]): Volume {
  const grid: Grid = { size: [3, 4, 5], spacingMm: [0.5, 0.75, 4], originLpsMm, direction };
  return { grid, element: 'SHORT', voxels: Int16Array.from({ length: 60 }, (_, at) => at * 100 - 3000) };
}

/** Rotations by the three angles (degrees) about x, y and z, one after the other; row-major. */
function turned(...degrees: [number, number, number]): Direction {
  const [a, b, c] = degrees.map((angle) => (angle * Math.PI) / 180) as [number, number, number];
  const x = [1, 0, 0, 0, Math.cos(a), -Math.sin(a), 0, Math.sin(a), Math.cos(a)];
  const y = [Math.cos(b), 0, Math.sin(b), 0, 1, 0, -Math.sin(b), 0, Math.cos(b)];
  const z = [Math.cos(c), -Math.sin(c), 0, Math.sin(c), Math.cos(c), 0, 0, 0, 1];
  const product = (m: number[], n: number[]) =>
    m.map((_, at) => [0, 1, 2].reduce((sum, k) => sum + m[3 * Math.floor(at / 3) + k]! * n[3 * k + (at % 3)]!, 0));
  return product(product(x, y), z) as Direction;
}

const PIR: Direction = [0, 0, -1, 1, 0, 0, 0, -1, 0];
/** The third index axis turned round. */
const leftHanded = (d: Direction): Direction => d.map((cosine, at) => (at % 3 === 2 ? -cosine : cosine)) as Direction;

describe('a NIfTI file', () => {
  // Half turns meet each of the four cases of the quaternion; ITK reads them with code of its own.
  it.each([
    ['LPS', turned(0, 0, 0)],
    ['half a turn about x', turned(180, 0, 0)],
    ['half a turn about y', turned(0, 180, 0)],
    ['half a turn about z', turned(0, 0, 180)],
    ['PIR', PIR],
    ['left-handed', leftHanded(turned(0, 0, 0))],
    ['left-handed PIR', leftHanded(PIR)],
    ['oblique', turned(20, -35, 110)],
    ['left-handed oblique', leftHanded(turned(-75, 12, 200))],
  ])('keeps every voxel where it was: %s', async (name, direction) => {
    const volume = volumeOn(direction);
    const path = join(folder, 'volume.nii.gz');
    writeFileSync(path, await encodeNifti(volume, name));
    const read = await readVolumeFile(path, name);
    expect(read).toMatchObject({ format: 'NIfTI', dropped: [] });
    expect(sameGrid(volume.grid, read.volume.grid, 1e-4)).toEqual({ same: true });
    expect([...read.volume.voxels]).toEqual([...volume.voxels]);
  });

  it('says the same by its quaternion as by its affine', async () => {
    const direction = leftHanded(turned(-75, 12, 200));
    const path = join(folder, 'quaternion.nii');
    const bytes = gunzipSync(await encodeNifti(volumeOn(direction), 'x'));
    // Without the affine ITK has to use the quaternion.
    bytes.writeInt16LE(0, 254);
    writeFileSync(path, bytes);
    const { volume } = await readVolumeFile(path, 'x');
    expect(sameGrid(volumeOn(direction).grid, volume.grid, 1e-4)).toEqual({ same: true });
  });

  it('has the same bytes each time: no time, no machine', async () => {
    const [one, two] = [await encodeNifti(volumeOn(PIR), 'x'), await encodeNifti(volumeOn(PIR), 'x')];
    expect(Buffer.from(one).equals(two)).toBe(true);
    expect([...one.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, one[8], 255]);
  });

  it('is refused where 32 bits would move a voxel, and for an axis too long', async () => {
    // At 3 000 000 mm, 32-bit numbers are 0.25 mm apart.
    await expect(encodeNifti(volumeOn(PIR, [3e6 + 0.1, 0, 0]), 'far')).rejects.toThrow(
      'far: grid: expected voxels within 0.01 mm',
    );
    const grid: Grid = { ...volumeOn(PIR).grid, size: [40_000, 1, 1] };
    const long: Volume = { grid, element: 'UCHAR', voxels: new Uint8Array(40_000) };
    await expect(encodeNifti(long, 'long')).rejects.toThrow('long: size: expected at most 32767 voxels an axis');
  });
});
