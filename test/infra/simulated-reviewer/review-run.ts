import { afterEach } from 'vitest';
import type { TaskService } from '../../../client/tasks.ts';
import { STRUCTURE_CLASSES } from '../../../core/labels.ts';
import type { Mask } from '../../../core/volume.ts';
import type { Truth } from '../../../infra/simulated-reviewer/correction.ts';
import type { SimulatedReview } from '../../../infra/simulated-reviewer/review.ts';
import { runSimulatedReviewer, type SimulatedReviewerOptions } from '../../../infra/simulated-reviewer/reviewer.ts';
import { SKILL_PRESETS } from '../../../infra/simulated-reviewer/skill.ts';
import type { FakeTask } from '../../web/fake-tasks.ts';
import { spoiltSpine, trueSpine } from './block-spine.ts';
import { LoopbackApi, taskOn } from './loopback-api.ts';

export const TRUTH: Truth = { mask: trueSpine(3), annotatedClasses: STRUCTURE_CLASSES };
/** Three errors: two shapes and a missing vertebra. */
export const WRONG = spoiltSpine(3, { shift: { 2: [1, 0], 202: [0, 1] }, missing: [3], partial: [1] });

const apis: LoopbackApi[] = [];
afterEach(async () => {
  for (const api of apis.splice(0)) await api.end();
});

/** Serves until the test ends. */
export async function serve(service: TaskService): Promise<LoopbackApi> {
  const api = await LoopbackApi.start(service);
  apis.push(api);
  return api;
}

type Given = Partial<SimulatedReviewerOptions> & { until?: (review: SimulatedReview) => boolean };

/** Runs a reviewer until it has reviewed what is asked for; by default one task. */
export async function review(api: LoopbackApi, { until = () => true, ...given }: Given = {}) {
  const stop = new AbortController();
  const reviews: SimulatedReview[] = [];
  const totals = await runSimulatedReviewer({
    api: api.address,
    dataset: 'demo',
    name: 'simulated-anna',
    skill: SKILL_PRESETS.perfect,
    seed: 1,
    truthOf: async () => TRUTH,
    signal: stop.signal,
    pollMs: 5,
    patience: { firstMs: 5, longestMs: 20 },
    ...given,
    onReview: (done) => {
      reviews.push(done);
      if (until(done)) stop.abort();
    },
  });
  return { totals, reviews };
}

/** True once `count` reviews have come. */
export function after(count: number): () => boolean {
  let left = count;
  return () => --left === 0;
}

/** A task of round 1 of "demo" for each series. */
export async function tasksOn(proposals: Record<string, Mask>): Promise<FakeTask[]> {
  return Promise.all(Object.entries(proposals).map(([series, mask]) => taskOn(`demo/1/${series}`, mask)));
}
