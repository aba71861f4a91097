import type { Grid, Vec3 } from './geometry.ts';
import { InvalidInputError } from './invalid-input.ts';

/** One slice of a DICOM series, as its headers place it; `file` counts the series' files from 1, by name. */
export interface DicomSlice {
  file: number;
  /** Columns, rows. */
  size: readonly [number, number];
  /** Between columns, between rows, mm. */
  spacingMm: readonly [number, number];
  /** ImagePositionPatient. */
  positionLpsMm: Vec3;
  /** ImageOrientationPatient: along a row, then along a column. */
  rowDirection: Vec3;
  columnDirection: Vec3;
  /** SeriesInstanceUID: compared, never shown. */
  series: string;
  /** What the voxels are, after rescaling. */
  element: string;
}

/** In-plane spacing and cosines may differ by so much from slice to slice. */
const SAME_WITHIN = 1e-4;
/** Gaps may differ by this share of the usual gap, and slices may stand off their common axis by it. */
const EVEN_WITHIN = 0.01;

/**
 * Puts the slices of a DICOM series in order along their normal, and gives their grid: columns, rows, then slices along
 * row × column. Checked by position, since a missing slice would otherwise silently change the spacing:
 *   1. one series, at least two slices; equal sizes, in-plane spacing, orientation and kind of voxels;
 *   2. no two slices at one place;
 *   3. even gaps: a gap of a whole multiple is a missing slice, another one varying spacing;
 *   4. all first voxels on one line along the normal (a sheared stack has no grid).
 * Throws InvalidInputError naming `name` and files by number. Evenly missing slices (every second one) can't be seen.
 */
export function stackSlices(slices: readonly DicomSlice[], name: string): { grid: Grid; order: number[] } {
  const refuse = (field: string, expected: string, got: string): never => {
    throw new InvalidInputError(name, field, expected, got);
  };
  const first = slices[0];
  if (first === undefined || slices.length < 2) return refuse('slices', 'at least 2', `${slices.length}`);
  refuseOthers(slices, first, refuse);
  const normal = cross(first.rowDirection, first.columnDirection);
  const placed = slices
    .map((slice, at) => ({ slice, at, along: dot(slice.positionLpsMm, normal) }))
    .sort((a, b) => a.along - b.along);
  const gaps = placed.slice(1).map(({ along }, i) => along - placed[i]!.along);
  const between = (i: number): string => `files ${placed[i]!.slice.file} and ${placed[i + 1]!.slice.file}`;
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)]!;
  for (const [i, gap] of gaps.entries()) {
    if (gap < Math.max(1e-3, EVEN_WITHIN * usual)) refuse('slice positions', 'one slice a place', `two: ${between(i)}`);
  }
  for (const [i, gap] of gaps.entries()) {
    if (Math.abs(gap - usual) <= EVEN_WITHIN * usual) continue;
    const got = `${millimetres(gap)} between ${between(i)}`;
    const missing = Math.round(gap / usual) - 1;
    const whole = Math.abs(gap / usual - (missing + 1)) <= EVEN_WITHIN * (missing + 1);
    if (missing >= 1 && whole)
      refuse('slice positions', `a slice every ${millimetres(usual)}`, `${missing} missing: ${got}`);
    refuse('slice positions', `even spacing of ${millimetres(usual)}`, got);
  }
  const spacing = (placed.at(-1)!.along - placed[0]!.along) / gaps.length;
  const origin = placed[0]!.slice.positionLpsMm;
  for (const [i, { slice }] of placed.entries()) {
    const off = slice.positionLpsMm.map((mm, axis) => mm - origin[axis]! - normal[axis]! * spacing * i);
    if (Math.hypot(...off) > Math.max(1e-3, EVEN_WITHIN * spacing) + EVEN_WITHIN * spacing) {
      refuse('slice positions', 'a straight stack', `file ${slice.file} ${millimetres(Math.hypot(...off))} off it`);
    }
  }
  const [r, c, n] = [first.rowDirection, first.columnDirection, normal];
  const grid: Grid = {
    size: [...first.size, slices.length],
    spacingMm: [...first.spacingMm, spacing],
    originLpsMm: [...origin],
    direction: [r[0], c[0], n[0], r[1], c[1], n[1], r[2], c[2], n[2]],
  };
  return { grid, order: placed.map(({ at }) => at) };
}

type Refuse = (field: string, expected: string, got: string) => never;

function refuseOthers(slices: readonly DicomSlice[], first: DicomSlice, refuse: Refuse): void {
  const series = new Set(slices.map((slice) => slice.series)).size;
  if (series > 1) refuse('SeriesInstanceUID', 'one series', `${series}`);
  const near = (a: readonly number[], b: readonly number[]): boolean =>
    a.every((value, i) => Math.abs(value - b[i]!) <= SAME_WITHIN);
  for (const slice of slices) {
    const against = `as in file ${first.file}`;
    if (!near(slice.size, first.size)) {
      refuse(
        'Rows, Columns',
        `${first.size.join(' x ')}, ${against}`,
        `${slice.size.join(' x ')} in file ${slice.file}`,
      );
    }
    if (!near(slice.spacingMm, first.spacingMm)) {
      const got = `${slice.spacingMm.join(' x ')} in file ${slice.file}`;
      refuse('PixelSpacing', `${first.spacingMm.join(' x ')}, ${against}`, got);
    }
    const cosines = [...slice.rowDirection, ...slice.columnDirection];
    if (!near(cosines, [...first.rowDirection, ...first.columnDirection])) {
      refuse('ImageOrientationPatient', `the same, ${against}`, `${cosines.join(' ')} in file ${slice.file}`);
    }
    if (slice.element !== first.element) {
      refuse('voxels', `${first.element}, ${against}`, `${slice.element} in file ${slice.file}`);
    }
  }
}

function millimetres(mm: number): string {
  return `${Number(mm.toFixed(3))} mm`;
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
