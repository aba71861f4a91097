import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readVolumeFile } from '../../adapters/formats.ts';

// Three series of four slices, made by make_formats.py there; `coarser` has another pixel spacing, `turned` another orientation.
const DATA = join(import.meta.dirname, '../data/formats');

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'spindle-dicom-'))));
afterEach(() => rm(folder, { recursive: true }));

/** Copies slices as `<from>/<n>` to the test's folder, as a.dcm, b.dcm, … */
async function taken(...slices: string[]): Promise<void> {
  for (const [at, slice] of slices.entries())
    await copyFile(join(DATA, `${slice}.dcm`), join(folder, `${'abcdefgh'[at]}.dcm`));
}

async function refusal(): Promise<string> {
  return readVolumeFile(folder, 'x').then(
    () => 'was read',
    (error: Error) => error.message,
  );
}

describe('readDicomSeries', () => {
  it('reads a series as SimpleITK does, whatever the order of its files', async () => {
    const { series: want } = JSON.parse(await readFile(join(DATA, 'expected.json'), 'utf8'));
    for (const order of [
      ['series/01', 'series/02', 'series/03', 'series/04'],
      ['series/03', 'series/01', 'series/04', 'series/02'],
    ]) {
      await taken(...order);
      const { volume, format } = await readVolumeFile(folder, 'x');
      expect(format).toBe('DICOM series');
      expect(volume.element).toBe('SHORT');
      expect(volume.grid.size).toEqual(want.size);
      for (const field of ['spacingMm', 'originLpsMm', 'direction'] as const)
        volume.grid[field].forEach((value, i) => expect(value, field).toBeCloseTo(want[field][i], 6));
      expect([...volume.voxels]).toEqual(want.voxels);
    }
  });

  it('names the identifying attributes it dropped, never their values', async () => {
    const { dropped, volume } = await readVolumeFile(join(DATA, 'series'), 'x');
    expect(dropped).toEqual([
      'SOPInstanceUID (0008,0018)',
      'StudyDate (0008,0020)',
      'StudyTime (0008,0030)',
      'InstitutionName (0008,0080)',
      'PatientName (0010,0010)',
      'PatientID (0010,0020)',
      'PatientBirthDate (0010,0030)',
      'PatientSex (0010,0040)',
      'StudyInstanceUID (0020,000d)',
      'SeriesInstanceUID (0020,000e)',
    ]);
    expect(Object.keys(volume).sort()).toEqual(['element', 'grid', 'voxels']);
    expect(JSON.stringify(dropped)).not.toMatch(/Doe|4711|Invented/);
  });

  it('refuses a missing, a doubled and a single slice', async () => {
    await taken('series/01', 'series/02', 'series/04');
    expect(await refusal()).toBe(
      'x: slice positions: expected a slice every 4 mm, got 1 missing: 8 mm between files 2 and 3',
    );
    await taken('series/01', 'series/02', 'series/03', 'series/03');
    expect(await refusal()).toBe('x: slice positions: expected one slice a place, got two: files 3 and 4');
    for (const name of await readdir(folder)) if (name !== 'a.dcm') await rm(join(folder, name));
    expect(await refusal()).toBe('x: slices: expected at least 2, got 1');
  });

  it('refuses slices of other series, spacing and orientation, by name', async () => {
    await taken('series/01', 'series/02', 'coarser/03');
    expect(await refusal()).toBe('x: SeriesInstanceUID: expected one series, got 2');
    // The same series by its UID (all of one length).
    for (const [from, n, expected] of [
      ['coarser', 2, /^x: PixelSpacing: expected 0\.5 x 0\.625, as in file 1, got 0\.75 x 0\.625 in file 3$/],
      ['turned', 3, /^x: ImageOrientationPatient: expected the same, as in file 1, got .* in file 3$/],
    ] as const) {
      const slice = await readFile(join(DATA, from, '03.dcm'), 'latin1');
      await writeFile(join(folder, 'c.dcm'), slice.replaceAll(`.1125.1.${n}`, '.1125.1.1'), 'latin1');
      expect(await refusal()).toMatch(expected);
    }
  });

  it('refuses what is no DICOM file, by number and not by name', async () => {
    await taken('series/01', 'series/02');
    await writeFile(join(folder, 'b-DOE.txt'), 'hello');
    expect(await refusal()).toBe('x: file 2: expected DICM at byte 128, got something else');
    await rm(join(folder, 'b-DOE.txt'));
    const slice = await readFile(join(DATA, 'series/03.dcm'));
    await writeFile(join(folder, 'c.dcm'), slice.subarray(0, 700));
    expect(await refusal()).toMatch(
      /^reading x failed: the reader (threw an exception|threw Error|could not read) file 3$/,
    );
    expect(await refusal()).not.toMatch(/Doe|Invented|c\.dcm/);
  });

  it('passes over a DICOMDIR and refuses an empty folder', async () => {
    expect(await refusal()).toBe('x: files: expected 1 to 2000 of a DICOM series, got 0');
    await taken('series/01', 'series/02');
    await writeFile(join(folder, 'DICOMDIR'), 'x');
    expect(await refusal()).toBe('was read');
  });
});
