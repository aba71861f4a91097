import { CANAL, isDisc, isPartialVertebra, isVertebra } from '../../core/labels.ts';
import type { StructureDoubt } from '../../core/review.ts';
import { outOfLine } from './doubt.ts';

/**
 * How doubtful each structure of a semantic segmentation is, by the same idea as `structureDoubts`: independent reasons r (0..1), doubt
 * 1 - Π(1 - r).
 *   - blur: B / (B + V), with V the structure's voxels and B = 2 Σ (1 - p) over them: what is expected to be wrongly in it, and as
 *     much again wrongly left out;
 *   - a complete vertebra's, or a disc's, volume out of line with the others (up to 0.5);
 *   - for a vertebra: no disc below it (0.3); being in the middle and only partly in view (0.3).
 * A missing disc, and a missing canal, stand in the list with 0 voxels and doubt 0.5 and 1. Lowest vertebra first, each with the disc
 * below it, canal last; empty without a vertebra.
 * `labels` are SPIDER's, `probability` that of each voxel's class; both x fastest on one grid.
 */
export function semanticDoubts(labels: Int16Array, probability: Float32Array): StructureDoubt[] {
  const found = structuresOf(labels, probability);
  const vertebrae = [...found.keys()].filter((label) => isVertebra(label) || isPartialVertebra(label));
  const sizes = (belongs: (label: number) => boolean): number[] =>
    [...found].filter(([label]) => belongs(label)).map(([, { voxels }]) => voxels);
  const [complete, discs] = [sizes(isVertebra), sizes(isDisc)];
  const top = Math.max(...vertebrae.map(levelOf));
  const doubts = vertebrae
    .sort((a, b) => levelOf(a) - levelOf(b))
    .flatMap((label): StructureDoubt[] => {
      const level = levelOf(label);
      const disc = found.get(200 + level);
      const { voxels, blur } = found.get(label)!;
      const inBetween = level > 1 && level < top && isPartialVertebra(label);
      const reasons = [blur, isVertebra(label) ? outOfLine(voxels, complete) : 0, disc ? 0 : 0.3, inBetween ? 0.3 : 0];
      const below: StructureDoubt = disc
        ? { label: 200 + level, voxels: disc.voxels, doubt: joined([disc.blur, outOfLine(disc.voxels, discs)]) }
        : { label: 200 + level, voxels: 0, doubt: 0.5 };
      return [{ label, voxels, doubt: joined(reasons) }, below];
    });
  if (doubts.length === 0) return [];
  const known = new Set(doubts.map(({ label }) => label));
  // A disc above the highest vertebra has none of its own to stand with.
  const rest = [...found].filter(([label]) => isDisc(label) && !known.has(label));
  const canal = found.get(CANAL);
  return [
    ...doubts,
    ...rest.map(([label, { voxels, blur }]) => ({ label, voxels, doubt: joined([blur, outOfLine(voxels, discs)]) })),
    { label: CANAL, voxels: canal?.voxels ?? 0, doubt: canal?.blur ?? 1 },
  ];
}

function levelOf(label: number): number {
  return label % 100;
}

function joined(reasons: number[]): number {
  return 1 - reasons.reduce((left, reason) => left * (1 - Math.min(Math.max(reason, 0), 1)), 1);
}

function structuresOf(labels: Int16Array, probability: Float32Array): Map<number, { voxels: number; blur: number }> {
  const counts = new Float64Array(256);
  const wrong = new Float64Array(256);
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!;
    if (label === 0) continue;
    counts[label]!++;
    wrong[label]! += 2 * (1 - probability[at]!);
  }
  const found = [...counts.keys()].filter((label) => counts[label]! > 0);
  return new Map(
    found.map((label) => [label, { voxels: counts[label]!, blur: wrong[label]! / (wrong[label]! + counts[label]!) }]),
  );
}
