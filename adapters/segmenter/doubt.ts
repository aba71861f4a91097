import { CANAL } from '../../core/labels.ts';
import type { StructureDoubt } from '../../core/review.ts';
import type { Appearance } from '../../core/trainer-contract.ts';
import { looksOf, strangeness } from './appearance.ts';
import type { StructureProbabilities } from './structure.ts';
import type { Finding } from './walk.ts';
import type { WorkingImage } from './working-grid.ts';

/**
 * How doubtful a segmentation is, from what the network said of it; nothing is learned. Each structure gets independent reasons
 * r (0..1) and doubt 1 - Π(1 - r):
 *   - blur: B / (B + V), with B the expected volume of wrongly decided voxels, Σ min(p, 1 - p), and V the structure's volume;
 *   - for a vertebra: a completeness near 0.5 (up to 0.3); a volume or a distance to the next vertebra out of line with the
 *     others of the same series (up to 0.5 each, see `outOfLine`); no disc below it (0.3); being in the middle and only partly in view (0.3);
 *   - for the topmost vertebra: what the looks beyond it half saw, against a vertebra's volume (up to 0.5);
 *   - for a disc: a volume out of line with the other discs (up to 0.5);
 *   - for all, where the model's card tells: looking like nothing that it was trained on (up to 0.7, see `strangeness`). The
 *     network's own probabilities don't tell that: they are as sharp where it is lost.
 * A missing disc, and a missing canal, stand in the list with 0 voxels and doubt 0.5 and 1.
 * `voxels` are those written on the image's grid.
 */
export function structureDoubts(evidence: Evidence): StructureDoubt[] {
  const { findings, labels } = evidence;
  const vertebraVolumes = findings.filter(isComplete).map((each) => each.volumeMm3);
  const discVoxels = findings.flatMap(({ disc }) => (disc ? [disc.voxels] : []));
  const gaps = gapsBelow(findings);
  return [
    ...findings.flatMap((finding, at): StructureDoubt[] => [
      doubtOf(labels[at]!, evidence, [
        blur(finding.vertebra),
        strange(evidence, 'vertebra', finding.vertebra, !isComplete(finding)),
        0.3 * (1 - Math.abs(2 * finding.completeness - 1)),
        isComplete(finding) ? outOfLine(finding.volumeMm3, vertebraVolumes) : 0,
        Math.max(outOfLine(gaps[at], gaps), outOfLine(gaps[at + 1], gaps)),
        finding.disc ? 0 : 0.3,
        isComplete(finding) || at === 0 || at === findings.length - 1 ? 0 : 0.3,
        at === findings.length - 1
          ? Math.min(0.5, evidence.leftoverMm3 / (median(vertebraVolumes) ?? finding.volumeMm3))
          : 0,
      ]),
      finding.disc
        ? doubtOf(201 + at, evidence, [
            blur(finding.disc),
            outOfLine(finding.disc.voxels, discVoxels),
            strange(evidence, 'disc', finding.disc),
          ])
        : { label: 201 + at, voxels: 0, doubt: 0.5 },
    ]),
    ...(findings.length === 0 ? [] : [canalDoubt(evidence)]),
  ];
}

export interface Evidence {
  /** Lowest first. */
  findings: readonly Finding[];
  /** Of the findings' vertebrae: 1–25, or 101–125 when partly in view. */
  labels: readonly number[];
  canal: StructureProbabilities | undefined;
  leftoverMm3: number;
  /** Voxels per label on the image's grid. */
  written: ReadonlyMap<number, number>;
  /** What the structures lie on, and what they should look like; left out where the card doesn't say. */
  seen?: { image: WorkingImage; appearance: Appearance; outsideValue: number } | undefined;
}

/**
 * Of a whole series: half the largest doubt, half the mean, so that one bad structure counts even among many good ones. A series
 * in which nothing was found has doubt 1.
 */
export function seriesDoubt(structures: readonly StructureDoubt[]): number {
  if (structures.length === 0) return 1;
  const doubts = structures.map(({ doubt }) => doubt);
  const mean = doubts.reduce((sum, doubt) => sum + doubt, 0) / doubts.length;
  return (Math.max(...doubts) + mean) / 2;
}

/** Whether a finding counts as completely in view: completeness over 0.5. */
export function isComplete({ completeness }: Pick<Finding, 'completeness'>): boolean {
  return completeness > 0.5;
}

function canalDoubt(evidence: Evidence): StructureDoubt {
  if (!evidence.canal) return { label: CANAL, voxels: 0, doubt: 1 };
  return doubtOf(CANAL, evidence, [blur(evidence.canal), strange(evidence, 'canal', evidence.canal, true)]);
}

function doubtOf(label: number, { written }: Evidence, reasons: number[]): StructureDoubt {
  const certainty = reasons.reduce((left, reason) => left * (1 - Math.min(Math.max(reason, 0), 1)), 1);
  return { label, voxels: written.get(label) ?? 0, doubt: 1 - certainty };
}

/** How unlike the training set a structure looks; `cut` leaves its size out: a canal is always cut. */
function strange({ seen }: Evidence, kind: keyof Appearance, structure: StructureProbabilities, cut = false): number {
  return seen ? strangeness(looksOf(structure, seen.image, seen.outsideValue), seen.appearance[kind], cut) : 0;
}

/** Expected wrong volume as a share of itself and the structure's. */
function blur({ values, voxels }: StructureProbabilities): number {
  const wrong = values.reduce((sum, p) => sum + Math.min(p, 1 - p), 0);
  return voxels === 0 ? 1 : wrong / (wrong + voxels);
}

/**
 * 0 within a factor 1.4 of the median of all, rising to 0.5 at a factor 2.5 above or below it. Fewer than three values say
 * nothing (0), nor does an absent one.
 */
export function outOfLine(value: number | undefined, all: readonly (number | undefined)[]): number {
  const known = all.filter((each) => each !== undefined);
  const middle = median(known);
  if (value === undefined || middle === undefined || known.length < 3) return 0;
  const factor = Math.abs(Math.log(Math.max(value, 1e-9) / middle));
  const [from, to] = [Math.log(1.4), Math.log(2.5)];
  return 0.5 * Math.min(Math.max((factor - from) / (to - from), 0), 1);
}

/** Distance of each finding's centre from the one below it, working voxels; `undefined` for the lowest. */
function gapsBelow(findings: readonly Finding[]): (number | undefined)[] {
  return findings.map(({ centre }, at) => {
    const below = findings[at - 1]?.centre;
    return below && Math.hypot(...centre.map((value, axis) => value - below[axis]!));
  });
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
