import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { EvaluationPool } from '../../adapters/evaluation/thread-pool.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { evaluate } from '../../client/evaluate.ts';
import type { ReferenceSeries } from '../../client/evaluation-items.ts';
import type { EvaluationReport } from '../../core/evaluation-report.ts';
import { BENCH_DATA } from '../support/python.ts';
import { syntheticPair } from './synthetic-spine.ts';

const PAIRS = 12;

/** A whole evaluation of a dozen pairs by both protocols, as `spindle evaluate` does it: in one thread and in one a core. */
export async function run(): Promise<void> {
  const { reference, prediction } = syntheticPair();
  const [mask, file] = [await encodeMha(reference), join(BENCH_DATA, 'prediction.mha')];
  mkdirSync(BENCH_DATA, { recursive: true });
  writeFileSync(file, await encodeMha(prediction));
  const references = Array.from({ length: PAIRS }, (_, at): ReferenceSeries => {
    const facts = { series: `${at + 1}_t2`, patient: `${at + 1}`, sequence: 't2', hospital: 'unknown' };
    return { ...facts, mask: async () => mask, image: null, incompleteVertebrae: null, classes: null };
  });
  const predictions = new Map(references.map(({ series }) => [series, file]));
  const cores = availableParallelism();
  const one = await timed(1, references, predictions);
  const all = await timed(cores, references, predictions);
  if (one.report !== all.report) throw new Error('the report depends on the number of threads');
  const [oneS, allS] = [one.seconds.toFixed(1), all.seconds.toFixed(1)];
  console.log(
    `\nEvaluation of ${PAIRS} pairs of ${reference.grid.size.join('×')}, both protocols: 1 thread ${oneS} s, ` +
      `${cores} threads ${allS} s, ${(one.seconds / all.seconds).toFixed(2)} × as fast; the same report`,
  );
}

async function timed(
  threads: number,
  references: readonly ReferenceSeries[],
  predictions: ReadonlyMap<string, string>,
): Promise<{ seconds: number; report: string }> {
  const pool = new EvaluationPool({ threads, voxels: Infinity });
  const settings: EvaluationReport['settings'] = {
    protocols: ['spider', 'strict'],
    asd: 'authors',
    toleranceMm: 1,
    leaveOutIncomplete: false,
    seed: 1,
  };
  const input = { references, predictions, settings, width: threads + 2, onRefused: 'throw' as const };
  // The threads load before the clock runs.
  await evaluate(pool, { ...input, references: references.slice(0, threads) });
  const start = performance.now();
  const report = await evaluate(pool, input).finally(() => pool.close());
  return { seconds: (performance.now() - start) / 1000, report: JSON.stringify(report) };
}
