import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stackSlices, type DicomSlice } from '../core/dicom-slices.ts';
import { identifyingTags } from '../core/dicom-identity.ts';
import type { Vec3 } from '../core/geometry.ts';
import { DEFAULT_MAX_VOXELS } from '../core/grid-check.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { Volume, Voxels } from '../core/volume.ts';
import { volumeOfItkImage, type ItkImage } from './itk-image.ts';
import { runItkThread } from './itk-thread.ts';
import type { ReadOptions, ReadVolume } from './formats.ts';

const MAX_FILES = 2000;
/** A slice's file is its voxels and some headers. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

interface SliceAnswer {
  image: ItkImage;
  geometry: Record<string, string>;
  filled: string[];
}

/**
 * Reads a folder that holds the files of one DICOM series and nothing else (a DICOMDIR is passed over), one frame a file, through
 * GDCM in a thread; slices are put together here, by position (core/dicom-slices.ts).
 * Of the headers only geometry is kept; `dropped` names the identifying attributes that were there. Errors name files by their
 * number in order of name: names can tell who a patient is. Throws InvalidInputError, Error when the thread fails.
 */
export async function readDicomSeries(folder: string, name: string, options: ReadOptions = {}): Promise<ReadVolume> {
  const maxVoxels = options.maxVoxels ?? DEFAULT_MAX_VOXELS;
  const paths = await sliceFiles(folder, name);
  const answers = await runItkThread<SliceAnswer[]>(
    new URL('./formats-thread.mjs', import.meta.url),
    { read: 'dicom', paths },
    { task: `reading ${name}`, timeLimitMs: options.timeLimitMs ?? 300_000 },
  );
  const slices = answers.map((answer, at) => described(answer, at + 1, name));
  const { grid, order } = stackSlices(slices, name);
  const first = answers[0]!.image;
  const count = grid.size[0] * grid.size[1];
  if (count * order.length > maxVoxels) {
    throw new InvalidInputError(name, 'size', `at most ${maxVoxels} voxels`, grid.size.join(' x '));
  }
  const ArrayOf = first.data.constructor as new (length: number) => Voxels;
  const data = new ArrayOf(count * order.length);
  for (const [z, at] of order.entries()) data.set(answers[at]!.image.data as Voxels, z * count);
  const image: ItkImage = {
    imageType: first.imageType,
    size: grid.size,
    spacing: grid.spacingMm,
    origin: grid.originLpsMm,
    direction: grid.direction,
    data,
  };
  const volume: Volume = volumeOfItkImage(image, name, maxVoxels);
  return { volume, format: 'DICOM series', dropped: identifyingTags(answers.flatMap(({ filled }) => filled)) };
}

async function sliceFiles(folder: string, name: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(
    (entry) => !entry.name.startsWith('.') && entry.name !== 'DICOMDIR',
  );
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.length === 0 || entries.length > MAX_FILES) {
    throw new InvalidInputError(name, 'files', `1 to ${MAX_FILES} of a DICOM series`, `${entries.length}`);
  }
  for (const [at, entry] of entries.entries()) {
    const path = join(folder, entry.name);
    const file = `file ${at + 1}`;
    if (!entry.isFile()) throw new InvalidInputError(name, file, 'a DICOM file', 'a folder or a link');
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new InvalidInputError(name, file, `at most ${MAX_FILE_BYTES} bytes`, `${size}`);
    if (!(await hasDicomMark(path))) throw new InvalidInputError(name, file, 'DICM at byte 128', 'something else');
  }
  return entries.map((entry) => join(folder, entry.name));
}

async function hasDicomMark(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 128);
    return bytesRead === 4 && buffer.toString('latin1') === 'DICM';
  } finally {
    await file.close();
  }
}

function described({ image, geometry }: SliceAnswer, file: number, name: string): DicomSlice {
  const numbers = (tag: string, attribute: string, count: number): number[] => {
    const values = (geometry[tag] ?? '').split('\\').map((part) => (part.trim() === '' ? NaN : Number(part)));
    if (values.length === count && values.every(Number.isFinite)) return values;
    throw new InvalidInputError(name, attribute, `${count} numbers`, `none or others in file ${file}`);
  };
  const [columns, rows, frames] = image.size as [number, number, number | undefined];
  if ((frames ?? 1) !== 1) throw new InvalidInputError(name, 'NumberOfFrames', '1 a file', `${frames} in file ${file}`);
  if (image.imageType.components !== 1) {
    throw new InvalidInputError(name, 'components', '1', `${image.imageType.components} in file ${file}`);
  }
  const cosines = numbers('0020|0037', 'ImageOrientationPatient', 6);
  const [betweenRows, betweenColumns] = numbers('0028|0030', 'PixelSpacing', 2) as [number, number];
  return {
    file,
    size: [columns, rows],
    spacingMm: [betweenColumns, betweenRows],
    positionLpsMm: numbers('0020|0032', 'ImagePositionPatient', 3) as unknown as Vec3,
    rowDirection: cosines.slice(0, 3) as unknown as Vec3,
    columnDirection: cosines.slice(3) as unknown as Vec3,
    series: geometry['0020|000e'] ?? '',
    element: image.imageType.componentType,
  };
}
