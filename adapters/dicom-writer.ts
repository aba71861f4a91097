import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DicomAlgorithm, DicomSegment, SlicePlacement } from '../core/exports/dicom.ts';
import { InvalidInputError } from '../core/invalid-input.ts';

const PACKAGE = fileURLToPath(new URL('../workers/dicom', import.meta.url));
const WITHIN_MS = 15 * 60_000;

/** What of a series stands in its DICOM files: `job.json` of workers/dicom. */
export interface DicomJob {
  dataset: string;
  version: string;
  series: string;
  study: string;
  patient: string;
  /** `F`, `M`, `O` or empty. */
  sex: string;
  sequence: string;
  seriesNumber: number;
  size: readonly [number, number, number];
  spacingMm: readonly [number, number, number];
  rowDirection: SlicePlacement['rowDirection'];
  columnDirection: SlicePlacement['columnDirection'];
  positions: SlicePlacement['positionsLpsMm'];
  element: '<i2' | '<u2';
  algorithm: DicomAlgorithm;
  segments: readonly (DicomSegment & { trackingUid: string })[];
  uids: {
    study: string;
    frameOfReference: string;
    series: string;
    instances: readonly string[];
    segmentationSeries: string;
    segmentation: string;
    dimensions: string;
  };
}

/**
 * Writes a series as DICOM with highdicom, in a process of its own; `image` and `mask` are raw voxels in the order of the slices, two bytes
 * and one (the number of a segment). Gives the files by name: `mr/0001.dcm` …, and `seg.dcm` where there is a segment.
 * Throws InvalidInputError where set-up has not brought the packages.
 */
export async function writeDicom(
  python: string,
  job: DicomJob,
  image: Uint8Array,
  mask: Uint8Array,
): Promise<Map<string, Uint8Array>> {
  const folder = await mkdtemp(join(tmpdir(), 'spindle-dicom-'));
  try {
    await writeFile(join(folder, 'job.json'), JSON.stringify(job));
    await writeFile(join(folder, 'image.raw'), image);
    await writeFile(join(folder, 'mask.raw'), mask);
    await run(python, folder, job.series);
    const slices = (await readdir(join(folder, 'mr'))).map((name) => `mr/${name}`);
    const names = [...slices, ...(job.segments.length > 0 ? ['seg.dcm'] : [])];
    const files = new Map<string, Uint8Array>();
    for (const name of names) files.set(name, new Uint8Array(await readFile(join(folder, name))));
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(python: string, folder: string, series: string): Promise<void> {
  // Nothing of this process's environment is needed, least of all its credentials.
  const env = { PYTHONPATH: PACKAGE, PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' };
  const options = { env, timeout: WITHIN_MS, maxBuffer: 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(python, ['-m', 'spindle_dicom', folder], options, (error, _, stderr) => {
      if (!error) return resolve();
      const isMissing = error.code === 'ENOENT' || /ModuleNotFoundError/.test(stderr);
      const wanted = 'the DICOM packages, which `npm run setup` installs';
      if (isMissing) return reject(new InvalidInputError('command line', '--format dicom-seg', wanted, 'none'));
      const last = stderr.trim().split('\n').at(-1) ?? '';
      reject(new Error(`${series}: its DICOM files were not written: ${last || error.message}`));
    });
  });
}
