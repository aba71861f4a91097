/** Connected components of a volume: `labels` is 0 outside, 1..count inside; `sizes[k]` counts the voxels of label k. */
export interface Components {
  labels: Int32Array;
  count: number;
  /** count + 1 entries; sizes[0] is the background. */
  sizes: number[];
}

/**
 * Finds the connected components of the non-zero voxels, whatever their values.
 * `mask` has size[0]·size[1]·size[2] voxels, x fastest. With connectivity 6 voxels touch by faces, with 26 by corners too.
 * Components are numbered by their first voxel in raster order.
 * Joins whole runs along x rather than voxels: each row's runs are held against those of the rows seen before, by union-find.
 */
export function connectedComponents(
  mask: ArrayLike<number>,
  size: readonly [number, number, number],
  connectivity: 6 | 26,
): Components {
  const [nx, ny, nz] = size;
  const runs = runsOf(mask, nx, ny * nz);
  const parents = Int32Array.from({ length: runs.count }, (_, run) => run);
  const reach = connectivity === 6 ? 0 : 1;
  for (let z = 0, row = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, row++) {
      if (runs.firstOfRow[row] === runs.firstOfRow[row + 1]) continue;
      if (y > 0) joinRows(runs, parents, row, row - 1, reach);
      if (z === 0) continue;
      const below = row - ny;
      for (let dy = -reach; dy <= reach; dy++) {
        if (y + dy >= 0 && y + dy < ny) joinRows(runs, parents, row, below + dy, reach);
      }
    }
  }
  return filled(runs, parents, nx, ny * nz);
}

/** Runs of non-zero voxels along x, in raster order: run k covers starts[k] ≤ x < ends[k]. */
interface Runs {
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  /** The first run of each row; rows + 1 entries. */
  firstOfRow: Int32Array;
}

function runsOf(mask: ArrayLike<number>, nx: number, rows: number): Runs {
  // One loop over one kind of array: the engine compiles it for bytes.
  const bytes = mask instanceof Uint8Array ? mask : Uint8Array.from(mask, (value) => (value === 0 ? 0 : 1));
  const firstOfRow = new Int32Array(rows + 1);
  let starts = new Int32Array(4096);
  let ends = new Int32Array(4096);
  let count = 0;
  for (let row = 0, first = 0; row < rows; row++, first += nx) {
    firstOfRow[row] = count;
    const end = first + nx;
    for (let at = first; at < end;) {
      while (at < end && bytes[at] === 0) at++;
      if (at === end) break;
      if (count === starts.length) [starts, ends] = [doubled(starts), doubled(ends)];
      starts[count] = at - first;
      while (at < end && bytes[at] !== 0) at++;
      ends[count++] = at - first;
    }
  }
  firstOfRow[rows] = count;
  return { count, starts, ends, firstOfRow };
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Joins the runs of two rows that overlap, or come within `reach` voxels of doing so. */
function joinRows(runs: Runs, parents: Int32Array, rowA: number, rowB: number, reach: 0 | 1): void {
  const { starts, ends, firstOfRow } = runs;
  let a = firstOfRow[rowA]!;
  let b = firstOfRow[rowB]!;
  const endA = firstOfRow[rowA + 1]!;
  const endB = firstOfRow[rowB + 1]!;
  while (a < endA && b < endB) {
    if (ends[a]! + reach <= starts[b]!) a++;
    else if (ends[b]! + reach <= starts[a]!) b++;
    else {
      join(parents, a, b);
      if (ends[a]! < ends[b]!) a++;
      else b++;
    }
  }
}

function rootOf(parents: Int32Array, run: number): number {
  let at = run;
  while (parents[at] !== at) {
    // Halves the way for the next who comes.
    parents[at] = parents[parents[at]!]!;
    at = parents[at]!;
  }
  return at;
}

/** Joins two trees under the smaller root, so that a component is known by its first run. */
function join(parents: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parents, a);
  const rootB = rootOf(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}

function filled(runs: Runs, parents: Int32Array, nx: number, rows: number): Components {
  const { starts, ends, firstOfRow } = runs;
  const labels = new Int32Array(nx * rows);
  const finals = new Int32Array(runs.count);
  const sizes = [labels.length];
  for (let row = 0; row < rows; row++) {
    for (let run = firstOfRow[row]!; run < firstOfRow[row + 1]!; run++) {
      const root = rootOf(parents, run);
      // A root comes before its members, so it has its number before they ask for it.
      const label = (finals[run] = root === run ? sizes.push(0) - 1 : finals[root]!);
      const voxels = ends[run]! - starts[run]!;
      sizes[label]! += voxels;
      sizes[0]! -= voxels;
      // Runs are short: a call of fill() costs more than it saves.
      for (let at = row * nx + starts[run]!, end = at + voxels; at < end; at++) labels[at] = label;
    }
  }
  return { labels, count: sizes.length - 1, sizes };
}

/** The share of the foreground that the largest component holds, 0 to 1; 1 for an empty mask. */
export function largestShare({ sizes }: Components): number {
  const foreground = sizes.slice(1);
  const total = foreground.reduce((sum, size) => sum + size, 0);
  return total === 0 ? 1 : Math.max(...foreground) / total;
}
