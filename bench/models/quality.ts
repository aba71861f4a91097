import { segment, type Segmentation, type SegmentOptions } from '../../adapters/segmenter/segment.ts';
import type { ServedNetwork } from '../../adapters/segmenter/load-model.ts';
import {
  addCompleteness,
  classifyCompleteness,
  NO_VERTEBRAE,
  type CompletenessCounts,
} from '../../core/completeness.ts';
import { STRUCTURE_CLASSES } from '../../core/labels.ts';
import type { Scores } from '../../core/loop.ts';
import { compareMasks, summarise, type StructureScore } from '../../core/scores.ts';
import { StructurePairs } from '../../core/structure-pairs.ts';
import type { UnseenSeries } from './phantoms.ts';

/** One series of an unseen patient as a model segmented it. */
export interface Judged {
  series: UnseenSeries;
  found: Segmentation;
  scores: StructureScore[];
  completeness: CompletenessCounts;
}

export async function judge(
  series: UnseenSeries,
  network: ServedNetwork,
  options: SegmentOptions = {},
): Promise<Judged> {
  const found = await segment(series.image, network, options);
  const pairs = new StructurePairs(series.truth, found.mask);
  return {
    series,
    found,
    scores: compareMasks(series.truth, found.mask),
    completeness: classifyCompleteness(pairs, series.incomplete),
  };
}

/** The paper's Table 4 of several models on the same patients. */
export interface Quality {
  model: string;
  scores: Scores;
  completeness: CompletenessCounts;
  series: number;
  secondsPerSeries: number;
  passesPerSeries: number;
}

export function qualityOf(model: string, judged: readonly Judged[]): Quality {
  const total = (of: (each: Judged) => number) => judged.reduce((sum, each) => sum + of(each), 0);
  return {
    model,
    scores: summarise(judged.flatMap(({ scores }) => scores)),
    completeness: judged.reduce((sum, each) => addCompleteness(sum, each.completeness), NO_VERTEBRAE),
    series: judged.length,
    secondsPerSeries: total(({ found }) => found.seconds) / judged.length,
    passesPerSeries: total(({ found }) => found.passes) / judged.length,
  };
}

/** What the issue asks for, and what the paper's baselines reached on SPIDER's hidden patients (real ones; these are phantoms). */
const GOALS = { vertebra: 0.95, disc: 0.9, canal: 0.95 } as const;
const PUBLISHED = [
  ['IIS, published', '0.93', '0.48', '99.8 %', '0.85', '0.54', '98.7 %', '0.92', '0.39', '100 %', '99.1 %'],
] as const;

/** Rows of the table, the header first. */
export function table4(qualities: readonly Quality[]): string[][] {
  const header = ['model', ...STRUCTURE_CLASSES.flatMap((name) => [`${name} Dice`, 'ASD mm', 'found']), 'completeness'];
  const rows = qualities.map(({ model, scores, completeness }) => [
    model,
    ...STRUCTURE_CLASSES.flatMap((name) => {
      const { dice, asdMm, detected, count } = scores[name];
      return [fixed(dice, 3), fixed(asdMm, 2), percent(detected, count)];
    }),
    completenessText(completeness),
  ]);
  const goal = ['goal', ...STRUCTURE_CLASSES.flatMap((name) => [`≥ ${GOALS[name]}`, '≤ 0.4', '100 %']), '≥ 99 %'];
  return [header, ...rows, goal, ...PUBLISHED.map((row) => [...row])];
}

function completenessText(counts: CompletenessCounts): string {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = counts;
  return percent(truePositives + trueNegatives, truePositives + trueNegatives + falsePositives + falseNegatives);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

function fixed(value: number | null, digits: number): string {
  return value?.toFixed(digits) ?? '–';
}
