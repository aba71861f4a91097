import { mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DEFAULT_MAX_VOXELS } from '../core/grid-check.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { parseMhdHeader } from '../core/mha.ts';
import { ignoredFields } from '../core/mha-fields.ts';
import { NIFTI_HEADER_BYTES, parseNiftiHeader } from '../core/nifti-header.ts';
import { parseNrrdHeader } from '../core/nrrd-header.ts';
import { sameGrid } from '../core/orientation.ts';
import type { Volume } from '../core/volume.ts';
import { readDicomSeries } from './dicom-series.ts';
import { gzipStart, inflateExactly } from './inflate.ts';
import { itkImage, volumeOfItkImage, type ItkImage } from './itk-image.ts';
import { runItkThread } from './itk-thread.ts';
import { readMhaFile as readWholeMha } from './mha-file.ts';
import { decodeVoxels, encodeMha } from './volume.ts';

export type VolumeFormat = 'MHA' | 'MHD' | 'NIfTI' | 'NRRD' | 'DICOM series';

export interface ReadOptions {
  /** 128 Mi by default; checked by the headers, before voxels are read. */
  maxVoxels?: number;
  /** How long a reading thread may run; 120 s by default, 300 s for DICOM. */
  timeLimitMs?: number;
}

export interface ReadVolume {
  volume: Volume;
  format: VolumeFormat;
  /** Names of what stood in the headers beyond geometry and is not kept (of DICOM: the identifying attributes). Never values. */
  dropped: string[];
}

/**
 * Reads a volume of any format that comes in: `.mha`, `.mhd` with its data file, `.nii`, `.nii.gz`, `.nrrd`, `.nhdr` with its data
 * file, or a folder with one DICOM series. The volume is on its own grid; only geometry and voxels are kept.
 *   1. MetaImage is read here (adapters/volume.ts), since ITK gives wrong voxels for damaged files without an error.
 *   2. The header and the exact length of NIfTI and NRRD are checked here; what ITK then sees, in a thread, is uncompressed and whole.
 *   3. What comes out is held against the same rules as an MHA file.
 * `name` stands in errors. Throws InvalidInputError; Error when a thread fails or outlasts its time limit.
 */
export async function readVolumeFile(path: string, name: string, options: ReadOptions = {}): Promise<ReadVolume> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(name, 'file', 'a readable file or folder', error.code ?? 'none');
  });
  if (found.isDirectory()) return readDicomSeries(path, name, options);
  const reader = READERS.find(({ endings }) => endings.some((ending) => path.toLowerCase().endsWith(ending)));
  if (reader === undefined) {
    throw new InvalidInputError(name, 'file', `a name that ends in ${READABLE.join(', ')}, or a folder`, 'another');
  }
  if (found.size > MAX_FILE_BYTES)
    throw new InvalidInputError(name, 'file', `at most ${MAX_FILE_BYTES} bytes`, `${found.size}`);
  return reader.read(path, name, options);
}

/** Larger files hold more than the most voxels allowed, at 8 bytes each, and Node reads no more at once. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

const READERS: {
  endings: string[];
  read: (path: string, name: string, options: ReadOptions) => Promise<ReadVolume>;
}[] = [
  { endings: ['.mha'], read: readMhaFile },
  { endings: ['.mhd'], read: readMhdFile },
  { endings: ['.nii', '.nii.gz'], read: readNiftiFile },
  { endings: ['.nrrd', '.nhdr'], read: readNrrdFile },
];

/** The endings of the files that can be read. */
export const READABLE = READERS.flatMap(({ endings }) => endings);

async function readMhaFile(path: string, name: string, options: ReadOptions): Promise<ReadVolume> {
  return { ...(await readWholeMha(path, name, options)), format: 'MHA' };
}

async function readMhdFile(path: string, name: string, options: ReadOptions): Promise<ReadVolume> {
  const bytes = await readFile(path);
  const header = parseMhdHeader(bytes, name, options.maxVoxels);
  const data = await besides(path, header.dataFile, name, header.checkDataBytes);
  return { volume: await decodeVoxels(header, data, name), format: 'MHD', dropped: ignoredFields(bytes, name) };
}

async function readNiftiFile(path: string, name: string, options: ReadOptions): Promise<ReadVolume> {
  const bytes = await readFile(path);
  const gzip = path.toLowerCase().endsWith('.gz');
  const start = gzip ? gzipStart(bytes, NIFTI_HEADER_BYTES, name) : bytes;
  const { fileBytes, littleEndian, texts } = parseNiftiHeader(start, name, options.maxVoxels);
  const whole = gzip ? await inflateExactly(bytes, fileBytes, name, 'gzip') : bytes;
  refuseLength(whole.length, fileBytes, name);
  // Dimensions beyond the third are 1 here, and ITK must not count them.
  new DataView(whole.buffer, whole.byteOffset).setInt16(40, 3, littleEndian);
  return { volume: await readThroughItk('nifti', [whole], name, options), format: 'NIfTI', dropped: texts };
}

async function readNrrdFile(path: string, name: string, options: ReadOptions): Promise<ReadVolume> {
  const bytes = await readFile(path);
  const { rawHeader, dataBytes, gzip, data, dropped } = parseNrrdHeader(bytes, name, options.maxVoxels);
  const stored = 'file' in data ? await besides(path, data.file, name) : bytes.subarray(data.offset);
  const voxels = gzip ? await inflateExactly(stored, dataBytes, name, 'gzip') : stored;
  refuseLength(voxels.length, dataBytes, name);
  const volume = await readThroughItk('nrrd', [Buffer.from(rawHeader, 'latin1'), voxels], name, options);
  return { volume, format: 'NRRD', dropped };
}

/** Has ITK read a file that was checked, from a folder of its own. */
async function readThroughItk(
  format: 'nifti' | 'nrrd',
  parts: Uint8Array[],
  name: string,
  { maxVoxels = DEFAULT_MAX_VOXELS, timeLimitMs = 120_000 }: ReadOptions,
): Promise<Volume> {
  return inTemporaryFolder(tmpdir(), async (folder) => {
    const path = join(folder, format === 'nifti' ? 'volume.nii' : 'volume.nrrd');
    const file = await open(path, 'w');
    for (const part of parts) await file.writeFile(part);
    await file.close();
    const image = await runItkThread<ItkImage>(
      FORMATS_THREAD,
      { read: format, path },
      { task: `reading ${name}`, timeLimitMs },
    );
    return volumeOfItkImage(image, name, maxVoxels);
  });
}

/**
 * Writes a volume as the ending says: `.mha`, `.nii`, `.nii.gz` or `.nrrd`. The file appears whole or not at all.
 * NIfTI keeps geometry in 32 bits only: what was written is read back, and refused where a voxel would move by more than 0.01 mm
 * or change. Throws InvalidInputError.
 */
export async function writeVolumeFile(path: string, volume: Volume): Promise<void> {
  const name = basename(path);
  const lower = path.toLowerCase();
  const ending = WRITABLE.find((each) => lower.endsWith(each));
  if (ending === undefined)
    throw new InvalidInputError(name, 'file', `a name that ends in ${WRITABLE.join(', ')}`, 'another');
  await inTemporaryFolder(dirname(path), async (folder) => {
    const written = join(folder, `volume${ending}`);
    if (ending === '.mha') await writeFile(written, await encodeMha(volume));
    else await writeThroughItk(written, volume, name);
    await rename(written, path);
  });
}

/** The endings of the files that can be written. */
export const WRITABLE = ['.mha', '.nii', '.nii.gz', '.nrrd'] as const;

async function writeThroughItk(path: string, volume: Volume, name: string): Promise<void> {
  const write = path.endsWith('.nrrd') ? 'nrrd' : 'nifti';
  const image = itkImage(volume.grid, volume.element, volume.voxels.slice());
  const message = { write, path, image, compress: !path.endsWith('.nii') };
  await runItkThread(FORMATS_THREAD, message, { task: `writing ${name}`, timeLimitMs: 120_000 });
  const again = (await readVolumeFile(path, name)).volume;
  const same = sameGrid(volume.grid, again.grid, 0.01);
  if (!same.same)
    throw new InvalidInputError(name, same.field, `${same.expected}, as it was`, `${same.got} in this format`);
  if (again.element !== volume.element || again.voxels.some((value, at) => value !== volume.voxels[at])) {
    throw new InvalidInputError(name, 'voxels', 'the same when read back', 'others in this format');
  }
}

async function besides(path: string, file: string, name: string, check?: (bytes: number) => void): Promise<Uint8Array> {
  const beside = join(dirname(path), file);
  const found = await stat(beside).catch(() => undefined);
  if (!found?.isFile()) throw new InvalidInputError(name, 'data file', `${file} in the same folder`, 'none');
  check?.(found.size);
  return readFile(beside);
}

function refuseLength(got: number, expected: number, name: string): void {
  if (got !== expected) throw new InvalidInputError(name, 'voxels', `${expected} bytes`, `${got}`);
}

async function inTemporaryFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(parent, '.spindle-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const FORMATS_THREAD = new URL('./formats-thread.mjs', import.meta.url);
