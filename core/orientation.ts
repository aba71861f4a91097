import { indexToLps, type Grid, type Vec3 } from './geometry.ts';

/** An axis of patient space (0 right→left, 1 front→back, 2 feet→head) and whether an index grows along it (1) or against it (-1). */
export interface LpsAxis {
  axis: 0 | 1 | 2;
  sign: 1 | -1;
}

const PERMUTATIONS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/**
 * Tells for each index axis (x, y, z) the LPS axis it is closest to.
 * The three answers always differ: of the six assignments it takes the one with the largest sum of absolute cosines, the
 * earlier in lexicographic order on a tie (exactly 45 degrees).
 */
export function lpsAxisOf(grid: Grid): [LpsAxis, LpsAxis, LpsAxis] {
  const cosine = (lps: number, index: number): number => grid.direction[3 * lps + index]!;
  const fit = (p: readonly [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2]): number =>
    Math.abs(cosine(p[0], 0)) + Math.abs(cosine(p[1], 1)) + Math.abs(cosine(p[2], 2));
  let best: (typeof PERMUTATIONS)[number] = PERMUTATIONS[0];
  for (const each of PERMUTATIONS) if (fit(each) > fit(best) + 1e-12) best = each;
  const along = (index: 0 | 1 | 2): LpsAxis => ({ axis: best[index], sign: cosine(best[index], index) < 0 ? -1 : 1 });
  return [along(0), along(1), along(2)];
}

/** The index axis (0 x, 1 y, 2 z) closest to an LPS axis, and whether its index grows along that axis. */
export function indexAxisOf(grid: Grid, lps: 0 | 1 | 2): LpsAxis {
  const axes = lpsAxisOf(grid);
  const index = axes.findIndex((each) => each.axis === lps) as 0 | 1 | 2;
  return { axis: index, sign: axes[index].sign };
}

/**
 * Three letters, one per index axis: the side of the patient towards which the index grows, as SimpleITK's DICOMOrient has it.
 * An identity direction is `LPS` (older ITK names, which say where an axis comes from, call it RAI). Oblique grids get the
 * closest code.
 */
export function orientationCode(grid: Grid): string {
  const letters = { 0: ['R', 'L'], 1: ['A', 'P'], 2: ['I', 'S'] } as const;
  return lpsAxisOf(grid)
    .map(({ axis, sign }) => letters[axis][sign > 0 ? 1 : 0])
    .join('');
}

/** Whether any index axis leans more than about 0.06 degrees from its patient axis (a cosine beside the main ones over 1e-3). */
export function isOblique(grid: Grid): boolean {
  const axes = lpsAxisOf(grid);
  return grid.direction.some((cosine, at) => axes[at % 3]!.axis !== Math.floor(at / 3) && Math.abs(cosine) > 1e-3);
}

export type GridComparison = { same: true } | { same: false; field: keyof Grid; expected: string; got: string };

/**
 * Tells whether two grids put every voxel at the same place, within `toleranceMm` (default 0.001) in each coordinate.
 * Compares sizes, then the first voxel, then the ends of the three axes; names the first field that differs, `a` being what
 * was expected.
 */
export function sameGrid(a: Grid, b: Grid, toleranceMm = 1e-3): GridComparison {
  const differs = (field: keyof Grid): GridComparison => ({
    same: false,
    field,
    expected: a[field].join(' '),
    got: b[field].join(' '),
  });
  if (a.size.some((n, axis) => n !== b.size[axis])) return differs('size');
  if (!near(a.originLpsMm, b.originLpsMm, toleranceMm)) return differs('originLpsMm');
  for (let axis = 0; axis < 3; axis++) {
    const steps = a.size[axis]! - 1;
    if (Math.abs(a.spacingMm[axis]! - b.spacingMm[axis]!) * Math.max(steps, 1) > toleranceMm)
      return differs('spacingMm');
    const end = [0, 1, 2].map((each) => (each === axis ? steps : 0)) as [number, number, number];
    if (!near(indexToLps(a, end), indexToLps(b, end), toleranceMm)) return differs('direction');
  }
  const last = a.size.map((n) => n - 1) as [number, number, number];
  return near(indexToLps(a, last), indexToLps(b, last), toleranceMm) ? { same: true } : differs('direction');
}

function near(p: Vec3, q: Vec3, toleranceMm: number): boolean {
  return p.every((value, axis) => Math.abs(value - q[axis]!) <= toleranceMm);
}
