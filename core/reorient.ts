import { indexToLps, type Grid, type Vec3 } from './geometry.ts';
import { InvalidInputError } from './invalid-input.ts';
import { indexAxisOf, lpsAxisOf, type LpsAxis } from './orientation.ts';
import type { Volume, Voxels } from './volume.ts';

/** Which old index axis (0 x, 1 y, 2 z) each new one runs along, and whether it runs the same way (1) or backwards (-1). */
export type SignedPermutation = readonly [LpsAxis, LpsAxis, LpsAxis];

const LETTERS: Record<string, LpsAxis> = {
  L: { axis: 0, sign: 1 },
  R: { axis: 0, sign: -1 },
  P: { axis: 1, sign: 1 },
  A: { axis: 1, sign: -1 },
  S: { axis: 2, sign: 1 },
  I: { axis: 2, sign: -1 },
};

/** The 48 orientation codes: every order of the three patient axes, each either way. */
export const ORIENTATION_CODES: readonly string[] = ['L', 'P', 'S', 'R', 'A', 'I'].flatMap((x, _, all) =>
  all.flatMap((y) => all.flatMap((z) => (isCode(x + y + z) ? [x + y + z] : []))),
);

/**
 * The same volume with its axes in another order and direction, so that its orientation code (core/orientation.ts) becomes `code`.
 * Voxels are moved, never computed: exact, also on oblique grids, whose axes stay as oblique as they were.
 * Throws InvalidInputError when `code` is no orientation code.
 */
export function reorient<T extends Voxels>(volume: Volume<T>, code: string): Volume<T> {
  return permute(volume, permutationTo(volume.grid, code));
}

/** The permutation by which a grid gets an orientation code. Throws InvalidInputError when `code` is none. */
export function permutationTo(grid: Grid, code: string): SignedPermutation {
  if (!isCode(code)) throw new InvalidInputError('orientation', 'code', 'three of L|R, P|A and S|I', code.slice(0, 8));
  const own = lpsAxisOf(grid);
  const along = (letter: string): LpsAxis => {
    const wanted = LETTERS[letter]!;
    const index = own.findIndex(({ axis }) => axis === wanted.axis) as 0 | 1 | 2;
    return { axis: index, sign: own[index].sign === wanted.sign ? 1 : -1 };
  };
  return [along(code[0]!), along(code[1]!), along(code[2]!)];
}

/**
 * The code in which a volume's slices read as usual, slices last: sagittal `PIL` (nose left, head up, from right to left), axial `LPS`
 * (nose up, from feet to head), coronal `LIP` (head up, from front to back). The slice axis is the coarsest; of equal ones
 * left-right before head-feet before front-back.
 */
export function canonicalCode(grid: Grid): string {
  const coarsest = Math.max(...grid.spacingMm);
  const lps = ([0, 2, 1] as const).find((axis) => {
    const { axis: index } = indexAxisOf(grid, axis);
    return grid.spacingMm[index] > coarsest * (1 - 1e-6);
  });
  return lps === 0 ? 'PIL' : lps === 2 ? 'LPS' : 'LIP';
}

/** Moves the voxels of a volume by a signed permutation of its axes, and its grid with them. */
export function permute<T extends Voxels>(volume: Volume<T>, permutation: SignedPermutation): Volume<T> {
  const grid = permuteGrid(volume.grid, permutation);
  const [nx, ny] = volume.grid.size;
  const strides = [1, nx, nx * ny];
  const step = permutation.map(({ axis, sign }) => sign * strides[axis]!);
  let start = 0;
  for (const { axis, sign } of permutation) if (sign < 0) start += (volume.grid.size[axis] - 1) * strides[axis]!;
  const voxels = new (volume.voxels.constructor as new (length: number) => T)(volume.voxels.length);
  const [nu, nv, nw] = grid.size;
  const [du, dv, dw] = step as [number, number, number];
  let to = 0;
  for (let w = 0; w < nw; w++) {
    for (let v = 0; v < nv; v++) {
      let from = start + w * dw + v * dv;
      for (let u = 0; u < nu; u++, from += du) voxels[to++] = volume.voxels[from]!;
    }
  }
  return { grid, element: volume.element, voxels };
}

/** The grid of the same voxels in another order; its origin is the old voxel that comes first now. */
export function permuteGrid(grid: Grid, permutation: SignedPermutation): Grid {
  const corner: [number, number, number] = [0, 0, 0];
  for (const { axis, sign } of permutation) if (sign < 0) corner[axis] = grid.size[axis] - 1;
  const d = grid.direction;
  const row = (at: 0 | 3 | 6): Vec3 => {
    const cosines = permutation.map(({ axis, sign }) => sign * d[at + axis]! + 0);
    return [cosines[0]!, cosines[1]!, cosines[2]!];
  };
  const pick = (values: readonly [number, number, number]): [number, number, number] => [
    values[permutation[0].axis],
    values[permutation[1].axis],
    values[permutation[2].axis],
  ];
  return {
    size: pick(grid.size),
    spacingMm: pick(grid.spacingMm),
    originLpsMm: corner.some((n) => n > 0) ? [...indexToLps(grid, corner)] : grid.originLpsMm,
    direction: [...row(0), ...row(3), ...row(6)],
  };
}

/** The permutation that undoes another. */
export function inverse(permutation: SignedPermutation): SignedPermutation {
  const undo = (axis: 0 | 1 | 2): LpsAxis => {
    const at = permutation.findIndex((each) => each.axis === axis) as 0 | 1 | 2;
    return { axis: at, sign: permutation[at].sign };
  };
  return [undo(0), undo(1), undo(2)];
}

function isCode(code: string): boolean {
  return (
    code.length === 3 &&
    new Set([...code].map((letter) => LETTERS[letter]?.axis ?? letter)).size === 3 &&
    /^[LRPASI]{3}$/.test(code)
  );
}
