import { countsOf } from '../gates/cross-series.ts';
import type { Grid } from '../geometry.ts';
import type { SeriesId } from '../ids.ts';
import { structureClass } from '../labels.ts';
import { indexAxisOf, sameGrid } from '../orientation.ts';
import { defect, type Defect } from './defect.ts';
import { groupBy, type CohortRow } from './rows.ts';
import type { Spacing } from './summary.ts';

/** What lies in a cohort's folder for one series. `fault`: why a file could not be read, without its content. */
export interface SeriesFiles {
  series: SeriesId;
  image: { grid: Grid } | { fault: string } | null;
  mask: { grid: Grid; labels: number[]; voxelDigest: string } | { fault: string } | null;
}

export interface CohortFiles {
  series: SeriesFiles[];
  /** Whether there is a folder of masks at all. */
  masks: boolean;
}

/** Spacings of header and table agree within these shares: tables round, and slices are seldom spaced as ordered. */
const IN_PLANE_TOLERANCE = 0.01;
const SLICE_TOLERANCE = 0.1;
/** What a spine coil can see, in mm: within a sagittal slice, and from left to right. */
const IN_PLANE_EXTENT_MM = [80, 700] as const;
const ACROSS_EXTENT_MM = [15, 400] as const;

/** The spacing of a sagittal series: slices follow one another from left to right. */
export function spacingOfGrid(grid: Grid): { sliceMm: number; inPlaneMm: [number, number] } {
  const { axis } = indexAxisOf(grid, 0);
  const [a, b] = [0, 1, 2].filter((each) => each !== axis) as [number, number];
  return { sliceMm: grid.spacingMm[axis], inPlaneMm: [grid.spacingMm[a]!, grid.spacingMm[b]!] };
}

/**
 * What the files of a cohort say against its table and against each other. `copied` are series whose acquisition columns are not
 * their own: these are not compared.
 */
export function fileDefects(
  { series: files, masks }: CohortFiles,
  rows: readonly CohortRow[],
  copied: ReadonlyMap<string, string>,
): Defect[] {
  const byFile = new Map(files.map((each) => [each.series, each]));
  const byRow = new Map(rows.map((row) => [row.series, row]));
  const found: Defect[] = [];
  for (const { series, line } of rows) {
    if (byFile.get(series)?.image) continue;
    found.push(
      defect(
        'image-missing',
        'error',
        { at: series, series: [series], lines: [line] },
        'no image',
        `images/${series}.mha`,
      ),
    );
  }
  for (const each of files) {
    const row = byRow.get(each.series);
    found.push(...presence(each, row), ...imageDefects(each, copied.has(each.series) ? undefined : row));
    found.push(...maskDefects(each, row));
  }
  return [...found, ...(masks ? withoutMask(files, byRow) : []), ...sameMasks(files)];
}

function at(series: string, row?: CohortRow): { at: string; series: string[]; lines: number[] } {
  return { at: series, series: [series], lines: row ? [row.line] : [] };
}

function presence({ series, image, mask }: SeriesFiles, row: CohortRow | undefined): Defect[] {
  const found: Defect[] = [];
  if (image && !row)
    found.push(defect('row-missing', 'warning', at(series), 'no row in the table', 'a row for every image'));
  if (mask && !image && !row)
    found.push(defect('image-missing', 'error', at(series), 'a mask without an image', `images/${series}.mha`));
  return found;
}

function imageDefects({ series, image }: SeriesFiles, row: CohortRow | undefined): Defect[] {
  if (!image) return [];
  if ('fault' in image) return [defect('image-unreadable', 'error', at(series, row), image.fault, 'a sound MHA file')];
  const found: Defect[] = [];
  const { grid } = image;
  const { sliceMm, inPlaneMm } = spacingOfGrid(grid);
  const told = tableSpacing(row);
  const off = (a: number, b: number, tolerance: number) => Math.abs(a - b) > tolerance * b;
  // Rows and columns may change places with the orientation of the file: each is compared with the nearer of the two.
  const nearest = (mm: number) => Math.min(...told.inPlaneMm!.map((each) => Math.abs(mm - each) / each));
  if (told.inPlaneMm && inPlaneMm.some((mm) => nearest(mm) > IN_PLANE_TOLERANCE))
    found.push(
      defect(
        'in-plane-spacing',
        'warning',
        at(series, row),
        `${list(inPlaneMm)} mm in the header of ${grid.size.join('×')} voxels`,
        `${list(told.inPlaneMm)} mm as in the table`,
      ),
    );
  if (told.sliceMm && off(sliceMm, told.sliceMm, SLICE_TOLERANCE))
    found.push(
      defect(
        'slice-spacing-of-image',
        'warning',
        at(series, row),
        `${rounded(sliceMm)} mm in the header`,
        `${rounded(told.sliceMm)} mm as in the table`,
      ),
    );
  const { axis } = indexAxisOf(grid, 0);
  const extent = grid.size.map((n, i) => n * grid.spacingMm[i]!);
  const wrong = extent.some((mm, i) => {
    const [least, most] = i === axis ? ACROSS_EXTENT_MM : IN_PLANE_EXTENT_MM;
    return mm < least || mm > most;
  });
  if (wrong)
    found.push(
      defect(
        'extent',
        'warning',
        at(series, row),
        `${extent.map((mm) => Math.round(mm)).join('×')} mm`,
        `${IN_PLANE_EXTENT_MM.join('-')} mm in plane, ${ACROSS_EXTENT_MM.join('-')} mm across`,
      ),
    );
  return found;
}

function maskDefects({ series, image, mask }: SeriesFiles, row: CohortRow | undefined): Defect[] {
  if (!mask) return [];
  if ('fault' in mask)
    return [defect('mask-unreadable', 'error', at(series, row), mask.fault, 'a sound MHA file of labels')];
  const found: Defect[] = [];
  if (image && 'grid' in image) {
    const grids = sameGrid(image.grid, mask.grid);
    if (!grids.same)
      found.push(
        defect(
          'mask-grid',
          'error',
          at(series, row),
          `${grids.field} ${grids.got}`,
          `${grids.field} ${grids.expected}, as the image`,
        ),
      );
  }
  const unknown = mask.labels.filter((label) => structureClass(label) === undefined);
  if (unknown.length > 0)
    found.push(
      defect(
        'mask-labels',
        'error',
        at(series, row),
        `labels ${unknown.slice(0, 20).join(', ')}`,
        '1-25, 100, 101-125, 201-225',
      ),
    );
  const { vertebrae, discs } = countsOf(series, mask.labels);
  if (row && row.vertebrae !== null && row.discs !== null && (row.vertebrae !== vertebrae || row.discs !== discs))
    found.push(
      defect(
        'counts-not-as-masked',
        'warning',
        at(series, row),
        `${row.vertebrae} vertebrae, ${row.discs} discs in the table`,
        `${vertebrae} vertebrae, ${discs} discs as in the mask`,
      ),
    );
  return found;
}

/** One note for all of them: a cohort that is still being annotated has many. */
function withoutMask(files: readonly SeriesFiles[], byRow: ReadonlyMap<string, CohortRow>): Defect[] {
  const series = files.filter(({ image, mask }) => image && !mask).map((each) => each.series);
  if (series.length === 0) return [];
  const lines = series.flatMap((each) => byRow.get(each)?.line ?? []);
  const found = `${series.length} of ${files.length} series without a mask`;
  return [defect('mask-missing', 'note', { at: 'masks', series, lines }, found, 'masks/<series>.mha')];
}

/** Masks that are equal to the voxel: one was copied, or carried over on an equal grid. */
function sameMasks(files: readonly SeriesFiles[]): Defect[] {
  const readable = files.filter(({ mask }) => mask && 'voxelDigest' in mask);
  const digestOf = ({ mask }: SeriesFiles) => (mask && 'voxelDigest' in mask ? mask.voxelDigest : '');
  return [...groupBy(readable, digestOf).values()]
    .filter((same) => same.length > 1)
    .map((same) => {
      const series = same.map((each) => each.series);
      return defect(
        'masks-equal',
        'note',
        { at: series[0]!, series },
        `the same voxels in ${series.join(', ')}`,
        'a mask of its own for each series',
      );
    });
}

function tableSpacing(row: CohortRow | undefined): Spacing {
  return { sliceMm: row?.sliceMm ?? null, inPlaneMm: row?.inPlaneMm ?? null };
}

function list(mm: readonly number[]): string {
  return mm.map(rounded).join('×');
}

function rounded(mm: number): number {
  return Math.round(mm * 1000) / 1000;
}
