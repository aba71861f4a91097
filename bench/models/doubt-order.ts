import { withSecondOpinion } from '../../adapters/segmenter/disagreement.ts';
import { completeLabel, structureClass } from '../../core/labels.ts';
import { Random } from '../../infra/phantom/random.ts';
import type { Judged } from './quality.ts';

/** A structure of a proposal, as somebody would review it. */
export interface Item {
  doubt: number;
  /** What doubt is with the other sequence of the patient as a second opinion. */
  secondDoubt: number;
  erroneous: boolean;
}

/** A structure is erroneous below this Dice, when it is where none is, and when the one beside it was missed. */
export const ERRONEOUS_DICE = 0.7;

/** The structures of all series of one patient; those without voxels (a disc that was not found) can be reviewed too. */
export function itemsOf(patient: readonly Judged[]): Item[] {
  return patient.flatMap((judged) => {
    const others = patient.filter((other) => other !== judged);
    const { mask, structures } = judged.found;
    const errors = erroneousLabels(judged);
    const second = others.reduce((doubted, other) => withSecondOpinion(doubted, mask, other.found.mask), structures);
    return structures.map(({ label, doubt }, at) => ({
      doubt,
      secondDoubt: second[at]!.doubt,
      erroneous: errors.has(completeLabel(label)),
    }));
  });
}

function erroneousLabels({ scores, found }: Judged): Set<number> {
  const errors = new Set(found.structures.filter(({ voxels }) => voxels > 0).map(({ label }) => completeLabel(label)));
  const matchOf = new Map<number, number>();
  for (const { label, matched, dice } of scores) {
    const own = matched === null ? null : completeLabel(matched);
    if (own === null || structureClass(own) !== structureClass(label) || dice < 0.1) continue;
    matchOf.set(label, own);
    if (dice >= ERRONEOUS_DICE) errors.delete(own);
  }
  const offered = new Set(found.structures.map(({ label }) => completeLabel(label)));
  for (const { label } of scores) {
    if (matchOf.has(label)) continue;
    // Missed. A reviewer meets it at the entry without voxels, else at its neighbour of the same class.
    if (offered.has(label) && found.structures.some((each) => each.label === label && each.voxels === 0))
      errors.add(label);
    else for (const next of [label - 1, label + 1]) if (matchOf.has(next)) errors.add(matchOf.get(next)!);
  }
  return errors;
}

/** Share of the errors that are met within the first part of the reviews, for each whole percent of them: 101 values. */
export type Curve = number[];

export function curveOf(items: readonly Item[], order: (item: Item) => number): Curve {
  const sorted = [...items].sort((a, b) => order(b) - order(a));
  const total = items.filter(({ erroneous }) => erroneous).length;
  let met = 0;
  const after = [0, ...sorted.map(({ erroneous }) => (met += erroneous ? 1 : 0))];
  return Array.from({ length: 101 }, (_, percent) =>
    total === 0 ? 1 : after[Math.floor((percent * items.length) / 100)]! / total,
  );
}

/** The mean of 200 shuffles. */
export function randomCurve(items: readonly Item[]): Curve {
  const random = new Random('review order');
  const shuffles = Array.from({ length: 200 }, () => {
    const place = new Map(random.shuffled(items).map((item, at) => [item, at]));
    return curveOf(items, (item) => -place.get(item)!);
  });
  return shuffles[0]!.map((_, at) => shuffles.reduce((sum, curve) => sum + curve[at]!, 0) / shuffles.length);
}
