import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Grid } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { compareText } from '../core/mixed-hash.ts';
import { isOblique, orientationCode } from '../core/orientation.ts';
import { boundingBoxes } from '../core/structures.ts';
import type { Mask, Volume } from '../core/volume.ts';
import { BadResultError, EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';

interface CheckedFile {
  file: string;
  ok: boolean;
  /** What is wrong, field by field as the gate says it; null when nothing is. */
  defect: { field: string; expected: string; got: string } | null;
}

/** Reads file after file and says OK or what is wrong; refused files make exit code 2. Of a folder, every volume file in it. */
export async function checkVolumes(output: Output, paths: readonly string[]): Promise<void> {
  const { READABLE, readVolumeFile } = await import('../adapters/formats.ts');
  const files = (await Promise.all(paths.map((path) => volumeFiles(path, READABLE)))).flat();
  const checked: CheckedFile[] = [];
  const progress = output.progress('volumes', files.length);
  for (const [at, file] of files.entries()) {
    checked.push(
      await readVolumeFile(file, file).then(
        () => ({ file, ok: true, defect: null }),
        (error: unknown) => ({ file, ok: false, defect: defectOf(error) }),
      ),
    );
    progress.update(at + 1, file);
  }
  progress.stop();
  const refused = checked.filter(({ ok }) => !ok).length;
  output.result({ files: files.length, refused, checked }, () => {
    for (const { file, defect } of checked) {
      output.line(defect ? `${file}: ${defect.field}: expected ${defect.expected}, got ${defect.got}` : `${file}: OK`);
    }
  });
  if (refused > 0) throw new BadResultError(`${refused} of ${files.length} refused`, EXIT.usage);
}

/** The volume files of a folder, by name; a file, or a folder without any (a DICOM series), is itself. */
async function volumeFiles(path: string, endings: readonly string[]): Promise<string[]> {
  const names = await readdir(path).catch(() => []);
  const readable = names.filter((name) => endings.some((ending) => name.toLowerCase().endsWith(ending)));
  return readable.length === 0 ? [path] : readable.sort(compareText).map((name) => join(path, name));
}

function defectOf(error: unknown): CheckedFile['defect'] {
  if (error instanceof InvalidInputError) {
    const { field, expected, got } = error;
    return { field, expected, got };
  }
  // A reading thread that failed or outlasted its time: the file is at fault as far as anybody can tell.
  return {
    field: 'voxels',
    expected: 'a file the reader can read',
    got: error instanceof Error ? error.message : 'none',
  };
}

export interface LabelRow {
  label: number;
  voxels: number;
  millilitres: number;
}

/** What `spindle volume info` says of a file; `labels` is null unless all voxels are whole numbers 0–255 of a whole-number type. */
export async function volumeInfo(file: string) {
  const [{ readVolumeFile }, { voxelDigest }] = await Promise.all([
    import('../adapters/formats.ts'),
    import('../adapters/volume.ts'),
  ]);
  const { volume, format, dropped } = await readVolumeFile(file, file);
  const { grid, element } = volume;
  const bytes = await byteDigest(file);
  const range = rangeOf(volume);
  const labels = await labelRows(volume, range);
  const facts = { orientation: orientationCode(grid), oblique: isOblique(grid), voxelDigest: voxelDigest(volume) };
  const lines: [string, string][] = [
    ['format', format],
    ['size', grid.size.join(' x ')],
    ['spacing', `${grid.spacingMm.join(' x ')} mm`],
    ['origin', `${grid.originLpsMm.join(' ')} (LPS, mm)`],
    ['direction', grid.direction.join(' ')],
    ['orientation', `${facts.orientation}${facts.oblique ? ', oblique' : ''}`],
    ['element', element],
    ['intensities', `${range.lowest} to ${range.highest}, mean ${Number(range.mean.toFixed(3))}`],
    ['voxel digest', facts.voxelDigest],
  ];
  if (bytes !== null) lines.push(['byte digest', bytes]);
  if (dropped.length > 0) lines.push(['not kept', dropped.join(', ')]);
  return { file, format, element, grid, ...facts, byteDigest: bytes, intensities: range, labels, dropped, lines };
}

async function byteDigest(file: string): Promise<string | null> {
  if ((await stat(file)).isDirectory()) return null;
  const { sha256 } = await import('../adapters/volume.ts');
  return sha256(await readFile(file));
}

function rangeOf({ voxels }: Volume): { lowest: number; highest: number; mean: number } {
  let [lowest, highest, sum] = [Infinity, -Infinity, 0];
  for (const value of voxels) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    sum += value;
  }
  return { lowest, highest, mean: sum / voxels.length };
}

/** A volume of more labels than a spine has structures is an image. */
const MOST_LABELS = 60;

async function labelRows(volume: Volume, range: { lowest: number; highest: number }): Promise<LabelRow[] | null> {
  const whole = volume.element !== 'FLOAT' && volume.element !== 'DOUBLE';
  if (!whole || range.lowest < 0 || range.highest > 255 || range.highest === 0) return null;
  const { asMask } = await import('../adapters/volume.ts');
  const mask: Mask = asMask(volume, 'volume');
  const boxes = boundingBoxes(mask);
  if (boxes.size > MOST_LABELS) return null;
  const voxelMl = voxelMillilitres(mask.grid);
  return [...boxes].map(([label, { voxels }]) => ({ label, voxels, millilitres: voxels * voxelMl }));
}

function voxelMillilitres({ spacingMm }: Grid): number {
  return (spacingMm[0] * spacingMm[1] * spacingMm[2]) / 1000;
}
