/** Connected components of a volume: `labels` is 0 outside, 1..count inside; `sizes[k]` counts the voxels of label k. */
export interface Components {
  labels: Int32Array;
  count: number;
  /** count + 1 entries; sizes[0] is the background. */
  sizes: number[];
}

/** Neighbours that a raster scan has already seen, as [dx, dy, dz]: 3 of the 6 that share a face, 13 of all 26. */
const SEEN_6 = [
  [-1, 0, 0],
  [0, -1, 0],
  [0, 0, -1],
] as const;
const SEEN_26 = [
  [-1, 0, 0],
  ...[-1, 0, 1].map((dx) => [dx, -1, 0] as const),
  ...[-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy, -1] as const)),
];

/**
 * Finds the connected components of the non-zero voxels, whatever their values.
 * `mask` has size[0]·size[1]·size[2] voxels, x fastest. With connectivity 6 voxels touch by faces, with 26 by corners too.
 * Components are numbered by their first voxel in raster order. Two scans with union-find.
 */
export function connectedComponents(
  mask: ArrayLike<number>,
  size: readonly [number, number, number],
  connectivity: 6 | 26,
): Components {
  const [nx, ny, nz] = size;
  const labels = new Int32Array(nx * ny * nz);
  const parents: number[] = [0];
  const neighbours = connectivity === 6 ? SEEN_6 : SEEN_26;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (mask[at] === 0) continue;
        let label = 0;
        for (const [dx, dy, dz] of neighbours) {
          if (x + dx < 0 || x + dx >= nx || y + dy < 0 || y + dy >= ny || z + dz < 0) continue;
          const seen = labels[at + dx + nx * (dy + ny * dz)]!;
          if (seen !== 0) label = label === 0 ? rootOf(parents, seen) : join(parents, label, seen);
        }
        labels[at] = label === 0 ? parents.push(parents.length) - 1 : label;
      }
    }
  }
  return renumbered(labels, parents);
}

function rootOf(parents: number[], label: number): number {
  let root = label;
  while (parents[root] !== root) root = parents[root]!;
  while (parents[label] !== root) {
    const next = parents[label]!;
    parents[label] = root;
    label = next;
  }
  return root;
}

/** Joins two trees under the smaller root, which it returns. */
function join(parents: number[], a: number, b: number): number {
  const rootA = rootOf(parents, a);
  const rootB = rootOf(parents, b);
  const root = Math.min(rootA, rootB);
  parents[Math.max(rootA, rootB)] = root;
  return root;
}

function renumbered(labels: Int32Array, parents: number[]): Components {
  const finals = new Int32Array(parents.length);
  const sizes = [0];
  // A root is always smaller than its members, so it has its final number before they ask for it.
  for (let label = 1; label < parents.length; label++) {
    const root = rootOf(parents, label);
    finals[label] = root === label ? sizes.push(0) - 1 : finals[root]!;
  }
  for (let at = 0; at < labels.length; at++) {
    const label = finals[labels[at]!]!;
    labels[at] = label;
    sizes[label]!++;
  }
  return { labels, count: sizes.length - 1, sizes };
}

/** The share of the foreground that the largest component holds, 0 to 1; 1 for an empty mask. */
export function largestShare({ sizes }: Components): number {
  const foreground = sizes.slice(1);
  const total = foreground.reduce((sum, size) => sum + size, 0);
  return total === 0 ? 1 : Math.max(...foreground) / total;
}
