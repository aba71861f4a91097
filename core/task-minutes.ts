import { z } from 'zod';
import type { ReviewEntry, StructureDoubt } from './review.ts';

/** How long a task will take, by how long past ones took. Measured, or not said: there are no made-up minutes. */

/** So many past tasks for a middle value, and so many for a line. */
const FEW = 3;
const ENOUGH = 8;

/**
 * `line`: minutes = base + perDoubt · (sum of the structures' doubts), which is about how many structures are wrong. `median`: of past
 * tasks. `errorMinutes`: the mean error of that method on past tasks, each predicted from the others.
 */
export const MinutesModel = z.discriminatedUnion('method', [
  z.object({ method: z.literal('none'), tasks: z.int().nonnegative() }),
  z.object({ method: z.literal('median'), tasks: z.int(), minutes: z.number(), errorMinutes: z.number() }),
  z.object({
    method: z.literal('line'),
    tasks: z.int(),
    baseMinutes: z.number(),
    perDoubtMinutes: z.number(),
    errorMinutes: z.number(),
  }),
]);
export type MinutesModel = z.infer<typeof MinutesModel>;

type Past = Pick<ReviewEntry, 'kind' | 'doubtSum' | 'minutes' | 'outcome'>;

/**
 * Learns from accepted tasks of one sort: drawings from nothing by themselves, all others together. The line (least squares, neither
 * coefficient below 0) is taken where it errs less than the median.
 */
export function minutesModel(past: readonly Past[], sort: 'shown' | 'blind'): MinutesModel {
  const own = past.filter((each) => each.outcome === 'accepted' && (each.kind === 'blind') === (sort === 'blind'));
  const tasks = own.length;
  if (tasks < FEW) return { method: 'none', tasks };
  const others = (index: number) => own.filter((_, i) => i !== index);
  const errorOf = (predict: (from: readonly Past[], doubtSum: number) => number) =>
    own.reduce((sum, each, i) => sum + Math.abs(predict(others(i), each.doubtSum) - each.minutes), 0) / tasks;
  const median = {
    method: 'median',
    tasks,
    minutes: middle(own),
    errorMinutes: errorOf((from) => middle(from)),
  } as const;
  if (tasks < ENOUGH || sort === 'blind') return median;
  const { base, slope } = line(own);
  const errorMinutes = errorOf((from, doubtSum) => {
    const fitted = line(from);
    return fitted.base + fitted.slope * doubtSum;
  });
  return slope > 0 && errorMinutes < median.errorMinutes
    ? { method: 'line', tasks, baseMinutes: base, perDoubtMinutes: slope, errorMinutes }
    : median;
}

/** To a tenth of a minute; undefined when nothing is known. */
export function predictedMinutes(model: MinutesModel, structures: readonly StructureDoubt[]): number | undefined {
  if (model.method === 'none') return undefined;
  const minutes =
    model.method === 'median' ? model.minutes : model.baseMinutes + model.perDoubtMinutes * doubtSum(structures);
  return Math.round(minutes * 10) / 10;
}

export function doubtSum(structures: readonly StructureDoubt[]): number {
  return structures.reduce((sum, { doubt }) => sum + doubt, 0);
}

function middle(past: readonly Past[]): number {
  const sorted = past.map(({ minutes }) => minutes).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function line(past: readonly Past[]): { base: number; slope: number } {
  const n = past.length;
  const meanX = past.reduce((sum, { doubtSum: x }) => sum + x, 0) / n;
  const meanY = past.reduce((sum, { minutes: y }) => sum + y, 0) / n;
  const sxx = past.reduce((sum, { doubtSum: x }) => sum + (x - meanX) ** 2, 0);
  const sxy = past.reduce((sum, { doubtSum: x, minutes: y }) => sum + (x - meanX) * (y - meanY), 0);
  const slope = sxx > 0 ? Math.max(0, sxy / sxx) : 0;
  const base = meanY - slope * meanX;
  if (base >= 0) return { base, slope };
  // Through the origin: no task takes less than no time.
  const squares = past.reduce((sum, { doubtSum: x }) => sum + x * x, 0);
  return { base: 0, slope: past.reduce((sum, { doubtSum: x, minutes: y }) => sum + x * y, 0) / squares };
}
