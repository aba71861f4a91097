import { connectedComponents } from './components.ts';

/**
 * Where two reads of one series differ, for whoever decides between them. Reads are labels 0–255 of equal length in one voxel order,
 * x fastest; nothing here changes them.
 */

/** Masks hold labels 0–255. */
const LABELS = 256;

export interface StructureDifference {
  label: number;
  voxelsA: number;
  voxelsB: number;
  /** Voxels that only one of the two reads gives to the structure. */
  voxelsDiffer: number;
  /** 2·|both| / (|A| + |B|); 0 where one of them does not have the structure. */
  dice: number;
}

/** Every structure of either read that is not the same to the voxel, what differs most first. */
export function structureDifferences(a: Uint8Array, b: Uint8Array): StructureDifference[] {
  const [inA, inB, inBoth] = [new Uint32Array(LABELS), new Uint32Array(LABELS), new Uint32Array(LABELS)];
  for (let at = 0; at < a.length; at++) {
    const [labelA, labelB] = [a[at]!, b[at]!];
    inA[labelA]!++;
    inB[labelB]!++;
    if (labelA === labelB) inBoth[labelA]!++;
  }
  return Array.from({ length: LABELS - 1 }, (_, i) => i + 1)
    .map((label) => {
      const [voxelsA, voxelsB, both] = [inA[label]!, inB[label]!, inBoth[label]!];
      return {
        label,
        voxelsA,
        voxelsB,
        voxelsDiffer: voxelsA + voxelsB - 2 * both,
        dice: (2 * both) / (voxelsA + voxelsB),
      };
    })
    .filter(({ voxelsDiffer }) => voxelsDiffer > 0)
    .sort((p, q) => q.voxelsDiffer - p.voxelsDiffer || p.label - q.label);
}

/** Voxels that hang together, by corners too, and that the reads see differently. */
export interface DifferentPlace {
  voxels: number;
  /** Index of the one that is nearest to their middle. */
  at: number;
  /** What either read has there. */
  labelA: number;
  labelB: number;
}

/** All of them, the largest first; `size`: voxels along x, y and z. */
export function differentPlaces(
  a: Uint8Array,
  b: Uint8Array,
  size: readonly [number, number, number],
): DifferentPlace[] {
  const differs = a.map((label, at) => (label === b[at] ? 0 : 1));
  const { labels, count, sizes } = connectedComponents(differs, size, 26);
  const [nx, ny] = size;
  const sums = new Float64Array(3 * (count + 1));
  const voxels: number[] = [];
  for (let at = 0; at < labels.length; at++) {
    const place = labels[at]!;
    if (place === 0) continue;
    voxels.push(at);
    sums[3 * place]! += at % nx;
    sums[3 * place + 1]! += Math.floor(at / nx) % ny;
    sums[3 * place + 2]! += Math.floor(at / (nx * ny));
  }
  const nearest = new Int32Array(count + 1);
  const least = new Float64Array(count + 1).fill(Infinity);
  for (const at of voxels) {
    const place = labels[at]!;
    const n = sizes[place]!;
    const squared =
      ((at % nx) - sums[3 * place]! / n) ** 2 +
      ((Math.floor(at / nx) % ny) - sums[3 * place + 1]! / n) ** 2 +
      (Math.floor(at / (nx * ny)) - sums[3 * place + 2]! / n) ** 2;
    if (squared < least[place]!) [least[place], nearest[place]] = [squared, at];
  }
  return Array.from({ length: count }, (_, i) => i + 1)
    .map((place) => {
      const at = nearest[place]!;
      return { voxels: sizes[place]!, at, labelA: a[at]!, labelB: b[at]! };
    })
    .sort((p, q) => q.voxels - p.voxels || p.at - q.at);
}

/** The largest place at which the reads differ about one structure; undefined where they don't. */
export function placeOfStructure(
  a: Uint8Array,
  b: Uint8Array,
  size: readonly [number, number, number],
  label: number,
): DifferentPlace | undefined {
  const only = (read: Uint8Array) => read.map((own) => (own === label ? label : 0));
  return differentPlaces(only(a), only(b), size)[0];
}

/**
 * A drawing with one structure as a read has it: wherever either of them has the structure the read counts, neighbours included, so that
 * no gap is left between them. In an array of its own.
 */
export function withStructureOf(drawing: Uint8Array, read: Uint8Array, label: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(drawing, (own, at) => (own === label || read[at] === label ? read[at]! : own));
}

/** How a picture of the differences marks its voxels: labels that no structure has. */
export const DIFFERENCE = { onlyA: 251, onlyB: 252, otherwise: 253 } as const;

/** Of each voxel: 0 where the reads agree, else which of them has something there, or that both do, under different names. */
export function differencePicture(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(a, (labelA, at) => {
    const labelB = b[at]!;
    if (labelA === labelB) return 0;
    return labelB === 0 ? DIFFERENCE.onlyA : labelA === 0 ? DIFFERENCE.onlyB : DIFFERENCE.otherwise;
  });
}
