import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMha, encodeMha, voxelDigest } from '../../adapters/volume.ts';
import { tower } from '../adapters/segmenter/block-tower.ts';
import { runCommand } from '../support/command-line.ts';

/** A tower of two blocks, 24 × 30 × 23 voxels of 4 × 3 × 3 mm, in LPS. */
const { image, truth } = tower({ blocks: [1, 2], size: [24, 30, 23] });

describe('spindle volume', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-volume-'));
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    const bytes = await encodeMha(image);
    writeFileSync(at('image.mha'), bytes);
    writeFileSync(at('mask.mha'), await encodeMha({ ...image, voxels: truth }));
    writeFileSync(at('cut.mha'), bytes.subarray(0, bytes.length - 9));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = async (name: string) => decodeMha(new Uint8Array(readFileSync(at(name))), name);

  it('check names the defect of each refused file and leaves the others', async () => {
    const { code, stdout } = await runCommand('volume', 'check', at('image.mha'), at('cut.mha'), '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      files: 2,
      refused: 1,
      checked: [{ ok: true }, { ok: false, defect: { field: 'CompressedDataSize' } }],
    });
  });

  it('info tells grid, digests and the labels of a mask', async () => {
    const { stdout } = await runCommand('volume', 'info', at('mask.mha'), '--json');
    const info = JSON.parse(stdout) as { labels: { label: number; voxels: number }[] };
    expect(info.labels.map(({ label }) => label)).toEqual([1, 2, 100, 201, 202]);
    // 6 × 6 × 6 voxels a block.
    expect(info.labels[0]!.voxels).toBe(216);
    expect(stdout).toContain(voxelDigest({ ...image, voxels: truth }));
  });

  it('convert goes to NIfTI, to other axes and back without changing a voxel', async () => {
    await runCommand('volume', 'convert', at('image.mha'), at('other.nii.gz'));
    await runCommand('volume', 'convert', at('other.nii.gz'), at('pir.mha'), '--orientation', 'PIR');
    const { code } = await runCommand('volume', 'convert', at('pir.mha'), at('back.mha'), '--orientation', 'LPS');
    expect(code).toBe(0);
    expect((await read('pir.mha')).grid.size).toEqual([30, 23, 24]);
    expect(voxelDigest(await read('back.mha'))).toBe(voxelDigest(image));
  });

  it('resample goes to another spacing or to the grid of a reference', async () => {
    const nearest = ['--interpolation', 'nearest'];
    await runCommand('volume', 'resample', at('mask.mha'), at('fine.mha'), '--spacing', '2,1.5,1.5', ...nearest);
    expect((await read('fine.mha')).grid.size).toEqual([48, 60, 46]);
    await runCommand('volume', 'resample', at('fine.mha'), at('again.mha'), '--to', at('mask.mha'), ...nearest);
    expect((await read('again.mha')).voxels).toEqual(truth);
    expect((await runCommand('volume', 'resample', at('mask.mha'), at('no.mha'))).code).toBe(2);
  });

  it('picture draws a PNG with the mask in colour, and overwrites only when told to', async () => {
    const draw = (...more: string[]) => runCommand('volume', 'picture', at('image.mha'), at('p.png'), ...more);
    expect((await draw('--mask', at('mask.mha'))).code).toBe(0);
    const { data } = PNG.sync.read(readFileSync(at('p.png')));
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) coloured++;
    expect(coloured).toBeGreaterThan(500);
    expect(await draw()).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') as string });
    expect((await draw('--force')).code).toBe(0);
  });
});
