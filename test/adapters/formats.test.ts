import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readVolumeFile, writeVolumeFile } from '../../adapters/formats.ts';
import { voxelDigest } from '../../adapters/volume.ts';
import type { Volume } from '../../core/volume.ts';

// Made by make_formats.py there, with what SimpleITK reads back.
const DATA = join(import.meta.dirname, '../data/formats');
const expected = JSON.parse(await readFile(join(DATA, 'expected.json'), 'utf8')) as Record<
  string,
  { size: number[]; spacingMm: number[]; originLpsMm: number[]; direction: number[]; voxels: number[] }
>;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'spindle-formats-'))));
afterAll(() => rm(folder, { recursive: true }));

function expectAsSimpleItk(volume: Volume, name: string, digits = 9): void {
  const want = expected[name]!;
  expect(volume.grid.size).toEqual(want.size);
  for (const field of ['spacingMm', 'originLpsMm', 'direction'] as const)
    volume.grid[field].forEach((value, i) => expect(value, `${name} ${field}`).toBeCloseTo(want[field][i]!, digits));
  expect([...volume.voxels]).toEqual(want.voxels);
}

async function refusal(path: string): Promise<string> {
  return readVolumeFile(path, 'x').then(
    () => 'was read',
    (error: Error) => error.message,
  );
}

describe('readVolumeFile', () => {
  it.each([
    ['oblique.nii', 'NIfTI', 6],
    ['oblique.nii.gz', 'NIfTI', 6],
    ['oblique.nrrd', 'NRRD', 9],
    ['raw.nrrd', 'NRRD', 9],
    ['detached.nhdr', 'NRRD', 9],
    ['oblique.mhd', 'MHD', 9],
    ['raw.mhd', 'MHD', 9],
  ])('reads %s as SimpleITK does', async (name, format, digits) => {
    const read = await readVolumeFile(join(DATA, name), name);
    expect(read.format).toBe(format);
    expect(read.volume.element).toBe('SHORT');
    expectAsSimpleItk(read.volume, name, digits);
  });

  it('makes 32-bit numbers of 64-bit labels', async () => {
    const { volume } = await readVolumeFile(join(DATA, 'long.nii.gz'), 'long.nii.gz');
    expect(volume.element).toBe('INT');
    expectAsSimpleItk(volume, 'long.nii.gz', 6);
  });

  it('names the texts it does not keep, without their values', async () => {
    const nifti = Buffer.from(await readFile(join(DATA, 'oblique.nii')));
    nifti.write('Doe^Invented', 148);
    await writeFile(join(folder, 'named.nii'), nifti);
    expect((await readVolumeFile(join(folder, 'named.nii'), 'x')).dropped).toEqual(['descrip']);
    const nrrd = await readFile(join(DATA, 'raw.nrrd'), 'latin1');
    await writeFile(join(folder, 'named.nrrd'), nrrd.replace('\n\n', '\nPatient:=Doe^Invented\n\n'), 'latin1');
    expect((await readVolumeFile(join(folder, 'named.nrrd'), 'x')).dropped).toEqual(['Patient']);
    const mha = await readFile(join(DATA, 'raw.mhd'), 'latin1');
    await copyFile(join(DATA, 'raw.raw'), join(folder, 'raw.raw'));
    await writeFile(join(folder, 'named.mhd'), mha.replace('NDims', '0010|0010 = Doe^Invented\nNDims'), 'latin1');
    expect((await readVolumeFile(join(folder, 'named.mhd'), 'x')).dropped).toEqual(['0010|0010']);
  });

  it('refuses several components, four dimensions and what it does not know', async () => {
    expect(await refusal(join(DATA, 'vector.nii.gz'))).toBe('x: dim: expected three dimensions, got 5 6 5 4 1 2 1 1');
    expect(await refusal(join(DATA, 'four.nii.gz'))).toBe('x: dim: expected three dimensions, got 4 6 5 4 2 1 1 1');
    expect(await refusal(join(DATA, 'make_formats.py'))).toMatch(/^x: file: expected a name that ends in \.mha, /);
    expect(await refusal(join(DATA, 'missing.nii'))).toBe('x: file: expected a readable file or folder, got ENOENT');
  });

  it('holds the voxel limit before it reads voxels', async () => {
    for (const name of ['oblique.nii.gz', 'oblique.nrrd', 'oblique.mhd'])
      await expect(readVolumeFile(join(DATA, name), name, { maxVoxels: 119 })).rejects.toThrow(/at most 119 voxels/);
  });

  it('refuses damaged NIfTI', async () => {
    const whole = await readFile(join(DATA, 'oblique.nii'));
    const changed = async (change: (bytes: Buffer) => Buffer | void): Promise<string> => {
      const bytes = Buffer.from(whole);
      await writeFile(join(folder, 'damaged.nii'), change(bytes) ?? bytes);
      return refusal(join(folder, 'damaged.nii'));
    };
    expect(await changed((b) => b.subarray(0, 100))).toBe('x: header: expected 348 bytes, got 100');
    expect(await changed((b) => b.subarray(0, b.length - 1))).toBe('x: voxels: expected 592 bytes, got 591');
    expect(await changed((b) => Buffer.concat([b, b]))).toBe('x: voxels: expected 592 bytes, got 1184');
    expect(await changed((b) => void b.writeInt16LE(0, 42))).toMatch(/^x: dim: expected 3 positive integers/);
    expect(await changed((b) => void b.writeInt16LE(128, 70))).toMatch(/^x: datatype: /);
    expect(await changed((b) => void b.writeInt16LE(32, 72))).toBe('x: bitpix: expected 16, got 32');
    expect(await changed((b) => void b.writeFloatLE(NaN, 80))).toMatch(/^x: pixdim: expected 3 positive numbers/);
    expect(await changed((b) => void b.writeFloatLE(-1, 84))).toMatch(/^x: pixdim: /);
    expect(await changed((b) => void b.writeUInt8(1, 123))).toBe('x: xyzt_units: expected millimetres, got unit 1');
    expect(await changed((b) => void b.fill(0, 252, 256))).toMatch(/^x: qform_code, sform_code: /);
    expect(await changed((b) => void b.writeFloatLE(NaN, 284))).toMatch(/^x: srow: /);
    expect(await changed((b) => void b.write('ni1', 344))).toMatch(/^x: magic: /);
    expect(await changed((b) => void b.writeFloatLE(100, 108))).toMatch(/^x: vox_offset: /);
  });

  it('refuses damaged gzip streams', async () => {
    const packed = await readFile(join(DATA, 'oblique.nii.gz'));
    const damaged = async (bytes: Uint8Array): Promise<string> => {
      await writeFile(join(folder, 'damaged.nii.gz'), bytes);
      return refusal(join(folder, 'damaged.nii.gz'));
    };
    expect(await damaged(packed.subarray(0, packed.length - 9))).toMatch(/a broken stream \(unexpected end of file\)/);
    const wrongSum = Buffer.from(packed);
    wrongSum[wrongSum.length - 6]! ^= 1;
    expect(await damaged(wrongSum)).toMatch(/a broken stream \(incorrect data check\)/);
    expect(await damaged(Buffer.from('hello'))).toBe('x: file: expected a gzip stream, got something else');
    const longer = Buffer.concat([gunzipSync(packed), Buffer.alloc(1000)]);
    expect(await damaged(gzipSync(longer))).toBe('x: voxels: expected a gzip stream of exactly 592 bytes, got more');
  });

  it('refuses damaged NRRD', async () => {
    const whole = await readFile(join(DATA, 'raw.nrrd'), 'latin1');
    const changed = async (from: string | RegExp, to: string): Promise<string> => {
      expect(whole).toMatch(from);
      await writeFile(join(folder, 'damaged.nrrd'), whole.replace(from, to), 'latin1');
      return refusal(join(folder, 'damaged.nrrd'));
    };
    expect(await changed('NRRD0004', 'NRRD0009')).toMatch(/^x: magic: /);
    expect(await changed('dimension: 3', 'dimension: 4')).toBe('x: dimension: expected 3, got 4');
    expect(await changed('type: short', 'type: block')).toMatch(/^x: type: /);
    expect(await changed('sizes: 6 5 4', 'sizes: 6 5 5')).toBe('x: voxels: expected 300 bytes, got 240');
    expect(await changed('sizes: 6 5 4', 'sizes: 6 -5 4')).toMatch(/^x: sizes: expected 3 positive integers/);
    expect(await changed('left-posterior-superior', 'scanner-xyz')).toMatch(/^x: space: /);
    expect(await changed(/space directions.*/, 'space directions: (1,0,0) (0,1,0) none')).toMatch(
      /^x: space directions/,
    );
    expect(await changed(/space directions.*/, 'space directions: (1,0,0) (1,0,0) (0,0,1)')).toMatch(
      /direction|reader/,
    );
    expect(await changed(/space origin.*\n/, '')).toMatch(/^x: space origin: expected the field/);
    expect(await changed('encoding: raw', 'encoding: hex')).toMatch(/^x: encoding: /);
    expect(await changed('endian: little\n', '')).toMatch(/^x: endian: /);
    expect(await changed('endian: little', 'endian: little\nendian: big')).toBe(
      'x: endian: expected the field once, got the field twice',
    );
    expect(await changed('encoding: raw', 'data file: ../secret.raw\nencoding: raw')).toMatch(/^x: data file: /);
  });

  it('refuses MHD whose data is elsewhere, missing or of another length', async () => {
    const header = await readFile(join(DATA, 'raw.mhd'), 'latin1');
    const voxels = await readFile(join(DATA, 'raw.raw'));
    const changed = async (dataFile: string, data: Uint8Array = voxels): Promise<string> => {
      await writeFile(join(folder, 'damaged.raw'), data);
      await writeFile(join(folder, 'damaged.mhd'), header.replace('raw.raw', dataFile), 'latin1');
      return refusal(join(folder, 'damaged.mhd'));
    };
    expect(await changed('damaged.raw')).toBe('was read');
    expect(await changed('../damaged.raw')).toMatch(/^x: ElementDataFile: expected the name of one file/);
    expect(await changed('/etc/hostname')).toMatch(/^x: ElementDataFile: /);
    expect(await changed('LIST')).toMatch(/^x: ElementDataFile: /);
    expect(await changed('slice%03d.raw')).toMatch(/^x: ElementDataFile: /);
    expect(await changed('gone.raw')).toBe('x: data file: expected gone.raw in the same folder, got none');
    expect(await changed('damaged.raw', voxels.subarray(1))).toBe(
      'x: voxels: expected 240 bytes of the data file, got 239',
    );
  });

  it('ends a reader that outlasts its time', async () => {
    const read = readVolumeFile(join(DATA, 'oblique.nii'), 'slow.nii', { timeLimitMs: 1 });
    await expect(read).rejects.toThrow('reading slow.nii took longer than 1 ms');
  });
});

describe('writeVolumeFile', () => {
  it.each(['a.mha', 'a.nii', 'a.nii.gz', 'a.nrrd'])(
    'writes %s, which reads back with the same voxels',
    async (name) => {
      const { volume } = await readVolumeFile(join(DATA, 'oblique.mhd'), 'oblique.mhd');
      await writeVolumeFile(join(folder, name), volume);
      const again = await readVolumeFile(join(folder, name), name);
      expectAsSimpleItk(again.volume, 'oblique.mhd', name.includes('nii') ? 6 : 9);
      if (name === 'a.mha') expect(voxelDigest(again.volume)).toBe(voxelDigest(volume));
      expect((await readdir(folder)).filter((each) => each.startsWith('.'))).toEqual([]);
    },
  );

  it('refuses other endings and folders that are not there', async () => {
    const { volume } = await readVolumeFile(join(DATA, 'raw.mhd'), 'raw.mhd');
    await expect(writeVolumeFile(join(folder, 'a.mhd'), volume)).rejects.toThrow(
      /a\.mhd: file: expected a name that ends/,
    );
    await expect(writeVolumeFile(join(folder, 'nowhere/a.mha'), volume)).rejects.toThrow(/ENOENT/);
  });
});
