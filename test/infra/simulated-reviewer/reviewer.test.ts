import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../core/invalid-input.ts';
import type { Mask } from '../../../core/volume.ts';
import type { Truth } from '../../../infra/simulated-reviewer/correction.ts';
import { runSimulatedReviewer, type SimulatedReviewerOptions } from '../../../infra/simulated-reviewer/reviewer.ts';
import { SKILL_PRESETS } from '../../../infra/simulated-reviewer/skill.ts';
import { FakeTasks } from '../../web/fake-tasks.ts';
import { emptyMask, sameVoxels, spineGrid, spoiltSpine, trueSpine } from './block-spine.ts';
import { submittedMask, taskOn, type LoopbackApi } from './loopback-api.ts';
import { after, review, serve, tasksOn, TRUTH, WRONG } from './review-run.ts';

describe('one task', () => {
  it('is claimed, corrected to the truth and submitted on the proposal that was seen', async () => {
    const [sample] = await tasksOn({ '5_t2': WRONG });
    const tasks = new FakeTasks([sample!]);
    const { totals, reviews } = await review(await serve(tasks));
    expect(sameVoxels((await submittedMask(tasks, 'demo/1/5_t2'))!, TRUTH.mask)).toBe(true);
    const { request } = tasks.submissions[0]!;
    expect(request).toMatchObject({ reviewer: 'simulated-anna', baseDigest: sample!.input.proposal.digest });
    expect(request.verdict).not.toHaveProperty('annotatedClasses');
    expect(request.minutes).toBeGreaterThan(4);
    expect(totals).toMatchObject({ reviews: 1, corrected: 1, accepted: 0, errors: 3, noticed: 3, conflicts: 0 });
    expect(totals.minutes).toBe(request.minutes);
    expect(reviews).toMatchObject([{ task: 'demo/1/5_t2', kind: 'proposal', verdict: 'correct', outcome: 'accepted' }]);
    expect((await tasks.show('demo/1/5_t2')).state).toBe('accepted');
  });

  it('is accepted when nothing is wrong, and at anchoring 1 whatever is wrong', async () => {
    const tasks = new FakeTasks(
      await tasksOn({ '5_t2': trueSpine(3), '6_t2': WRONG, '7_t2': emptyMask(spineGrid(3)) }),
    );
    const api = await serve(tasks);
    const truthOf = (series: string) => async (each: string) => (each === series ? TRUTH : null);
    await review(api, { truthOf: truthOf('5_t2') });
    const { totals } = await review(api, {
      truthOf: truthOf('6_t2'),
      skill: { ...SKILL_PRESETS.perfect, anchoring: 1 },
    });
    expect(totals).toMatchObject({ accepted: 1, errors: 3, noticed: 0, voxelsChanged: 0 });
    expect(tasks.submissions.map(({ request }) => request.verdict)).toEqual([
      { verdict: 'accept' },
      { verdict: 'accept' },
    ]);
    expect((await tasks.show('demo/1/7_t2')).state).toBe('queued'); // no truth: left for others
  });

  it('carried over from the SPACE series is treated alike', async () => {
    const tasks = new FakeTasks([
      await taskOn('demo/1/5_t1', spoiltSpine(3, { shift: { 1: [1, 1] } }), { kind: 'misalignment' }),
    ]);
    const { reviews } = await review(await serve(tasks));
    expect(reviews).toMatchObject([{ kind: 'misalignment', verdict: 'correct' }]);
    expect(sameVoxels((await submittedMask(tasks, 'demo/1/5_t1'))!, TRUTH.mask)).toBe(true);
  });

  it('of which only discs are known is answered for discs only, even when nothing is changed', async () => {
    const known: Truth = { mask: spoiltSpine(3, { missing: [1, 2, 3, 100] }), annotatedClasses: ['disc'] };
    const tasks = new FakeTasks(await tasksOn({ '5_t2': WRONG, '6_t2': spoiltSpine(3, { missing: [3] }) }));
    const { totals } = await review(await serve(tasks), { truthOf: async () => known, until: after(2) });
    const verdicts = tasks.submissions.map(({ request }) => request.verdict);
    expect(verdicts).toMatchObject([
      { verdict: 'correct', annotatedClasses: ['disc'] },
      { verdict: 'correct', annotatedClasses: ['disc'] },
    ]);
    expect(totals).toMatchObject({ corrected: 2, errors: 1, noticed: 1 });
    const corrected = await submittedMask(tasks, 'demo/1/5_t2');
    expect(sameVoxels(corrected!, spoiltSpine(3, { shift: { 2: [1, 0] }, missing: [3] }))).toBe(true);
  });

  it('whose truth lies on another grid is measured against its nearest voxels', async () => {
    const tasks = new FakeTasks(await tasksOn({ '5_t2': WRONG }));
    const { grid, voxels } = TRUTH.mask;
    const [nx, ny, nz] = grid.size;
    // The same space with the slices counted from the other side
    const turned: Mask = {
      grid: {
        ...grid,
        originLpsMm: [grid.originLpsMm[0] + (nz - 1) * grid.spacingMm[2], grid.originLpsMm[1], grid.originLpsMm[2]],
        direction: [0, 0, -1, 1, 0, 0, 0, 1, 0],
      },
      element: 'SHORT',
      voxels: voxels.map((_, at) => voxels[(at % (nx * ny)) + nx * ny * (nz - 1 - Math.floor(at / (nx * ny)))]!),
    };
    await review(await serve(tasks), { truthOf: async () => ({ ...TRUTH, mask: turned }) });
    expect(sameVoxels((await submittedMask(tasks, 'demo/1/5_t2'))!, TRUTH.mask)).toBe(true);
  });
});

describe('a refusal', () => {
  it('for unknown labels is answered by a mask without them', async () => {
    const proposal = spoiltSpine(3, { shift: { 2: [1, 0] }, extra: 60 });
    const tasks = new FakeTasks(await tasksOn({ '5_t2': proposal }));
    const { totals } = await review(await serve(tasks));
    expect(tasks.submissions).toHaveLength(2);
    expect(sameVoxels((await submittedMask(tasks, 'demo/1/5_t2'))!, TRUTH.mask)).toBe(true);
    expect(totals).toMatchObject({ reviews: 1, corrected: 1 });
  });

  it('for an empty mask makes the reviewer look again and draw what is there', async () => {
    const tasks = new FakeTasks(await tasksOn({ '5_t2': emptyMask(spineGrid(3)) }));
    const blind = { ...SKILL_PRESETS.perfect, addsMissed: 0 };
    const discs: Truth = { ...TRUTH, annotatedClasses: ['disc'] };
    await review(await serve(tasks), { skill: blind, truthOf: async () => discs });
    const corrected = await submittedMask(tasks, 'demo/1/5_t2');
    expect(sameVoxels(corrected!, spoiltSpine(3, { missing: [1, 2, 3, 100] }))).toBe(true);
  });

  it('that nothing helps against ends in an exclusion that says why', async () => {
    const nothing = emptyMask(spineGrid(3));
    const tasks = new FakeTasks(await tasksOn({ '5_t2': nothing }));
    const discs: Truth = { mask: nothing, annotatedClasses: ['disc'] };
    const { totals } = await review(await serve(tasks), { truthOf: async () => discs });
    expect(tasks.submissions.at(-1)!.request.verdict).toEqual({
      verdict: 'exclude',
      reason: 'simulated review: refused by not-empty',
    });
    expect(totals).toMatchObject({ reviews: 1, excluded: 1 });
    expect((await tasks.show('demo/1/5_t2')).state).toBe('excluded');
  });
});

describe('many tasks', () => {
  const series = Array.from({ length: 12 }, (_, i) => `${i + 1}_t2`);

  it('are taken most doubtful first, and those in hand from an earlier run before all', async () => {
    const samples = await Promise.all(
      series.slice(0, 4).map((each, i) => taskOn(`demo/1/${each}`, WRONG, { doubt: [0.2, 0.9, 0.1, 0.5][i]! })),
    );
    const tasks = new FakeTasks([...samples, await taskOn('other/1/1_t2', WRONG, { doubt: 1 })]);
    await tasks.claim('demo/1/3_t2', { reviewer: 'simulated-anna' });
    await tasks.claim('demo/1/4_t2', { reviewer: 'simulated-bert' });
    const { reviews } = await review(await serve(tasks), { until: after(3) });
    expect(reviews.map(({ task }) => task)).toEqual(['demo/1/3_t2', 'demo/1/2_t2', 'demo/1/1_t2']);
  });

  it('are never reviewed by two reviewers at once', async () => {
    const tasks = new FakeTasks(await tasksOn(Object.fromEntries(series.map((each) => [each, WRONG]))));
    const api = await serve(tasks);
    const stop = new AbortController();
    const until = after(series.length);
    const both = await Promise.all(
      ['simulated-anna', 'simulated-bert'].map((name) =>
        runSimulatedReviewer({
          api: api.address,
          dataset: 'demo',
          name,
          skill: SKILL_PRESETS.typical,
          seed: 5,
          truthOf: async () => TRUTH,
          signal: stop.signal,
          pollMs: 5,
          onReview: () => until() && stop.abort(),
        }),
      ),
    );
    expect(both[0]!.reviews + both[1]!.reviews).toBe(12);
    expect(tasks.submissions.map(({ task }) => task).sort()).toEqual(series.map((each) => `demo/1/${each}`).sort());
    for (const each of series) {
      const events = (await tasks.show(`demo/1/${each}`)).history.map(({ event }) => event);
      expect(events.filter((event) => event === 'claimed')).toHaveLength(1);
    }
  });

  it('are decided alike by whoever has the same skill and seed', async () => {
    const masks = async (name: string): Promise<string[]> => {
      const tasks = new FakeTasks(await tasksOn(Object.fromEntries(series.slice(0, 4).map((each) => [each, WRONG]))));
      await review(await serve(tasks), { name, skill: SKILL_PRESETS.hurried, until: after(4) });
      return tasks.submissions
        .map(({ task, request }) => JSON.stringify([task, request.verdict, request.minutes]))
        .sort();
    };
    expect(await masks('simulated-bert')).toEqual(await masks('simulated-anna'));
  });
});

describe('options out of order', () => {
  it.each<[string, Partial<SimulatedReviewerOptions>]>([
    ['name', { name: 'anna' }],
    ['name', { name: 'simulated-Änne' }],
    ['dataset', { dataset: 'No Name' }],
    ['api.baseUrl', { api: { baseUrl: 'nowhere', token: 'x' } }],
    ['seed', { seed: 0.5 }],
    ['skill.anchoring', { skill: { ...SKILL_PRESETS.perfect, anchoring: 1.2 } }],
  ])('are refused: %s', async (field, wrong) => {
    const api = { address: { baseUrl: 'http://127.0.0.1:1', token: 'x' } } as LoopbackApi;
    const error = await review(api, wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).field).toBe(field);
  });
});
