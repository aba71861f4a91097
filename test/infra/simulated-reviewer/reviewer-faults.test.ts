import { describe, expect, it } from 'vitest';
import { TaskConflictError, type TaskService } from '../../../client/tasks.ts';
import { ApiRefusalError } from '../../../infra/simulated-reviewer/task-api.ts';
import { FakeTasks } from '../../web/fake-tasks.ts';
import { taskOn } from './loopback-api.ts';
import { after, review, serve, tasksOn, WRONG } from './review-run.ts';

describe('an API that fails', () => {
  it('and restarts in mid-round loses nothing, not even when the answer to a submission is lost', async () => {
    const series = ['1_t2', '2_t2', '3_t2', '4_t2'];
    const tasks = new FakeTasks(await tasksOn(Object.fromEntries(series.map((each) => [each, WRONG]))));
    const kills: Promise<void>[] = [];
    let [calls, submits] = [0, 0];
    const killDuring = async (): Promise<void> => {
      // The 2nd upload and the 3rd submission are done, but their caller never hears of it.
      kills.push(
        api
          .kill()
          .then(() => new Promise((resolve) => setTimeout(resolve, 50)))
          .then(() => api.listen()),
      );
    };
    const flaky = wrapped(tasks, {
      upload: async (task, mha) => {
        const ref = await tasks.upload(task, mha);
        if (++calls === 2) await killDuring();
        return ref;
      },
      submit: async (task, request) => {
        submits++;
        const result = await tasks.submit(task, request);
        if (tasks.submissions.length === 3 && kills.length === 1) await killDuring();
        return result;
      },
    });
    const api = await serve(flaky);
    const { totals } = await review(api, { until: after(4) });
    await Promise.all(kills);
    expect(kills).toHaveLength(2);
    expect(submits).toBe(5); // one answer was lost, so one was sent twice
    expect(totals).toMatchObject({ reviews: 4, corrected: 4 });
    expect(tasks.submissions.map(({ task }) => task).sort()).toEqual(series.map((each) => `demo/1/${each}`));
  });

  it('with faults of its own is asked again, and a task on which it keeps failing is left for later', async () => {
    const tasks = new FakeTasks([
      await taskOn('demo/1/1_t2', WRONG, { doubt: 0.9 }),
      await taskOn('demo/1/2_t2', WRONG, { doubt: 0.1 }),
    ]);
    let faults = 0;
    const flaky = wrapped(tasks, {
      image: async (task) => {
        if (task === 'demo/1/1_t2' && faults++ < 5) throw new Error('the store is away');
        return tasks.image(task);
      },
    });
    const { reviews } = await review(await serve(flaky), {
      until: after(2),
      patience: { firstMs: 1, longestMs: 1, attempts: 4 },
    });
    expect(reviews.map(({ task }) => task)).toEqual(['demo/1/2_t2', 'demo/1/1_t2']);
  });

  it('that takes a task away in between gets no second verdict', async () => {
    const tasks = new FakeTasks(await tasksOn({ '1_t2': WRONG, '2_t2': WRONG }));
    const lapsing = wrapped(tasks, {
      proposal: async (task) => {
        if (task === 'demo/1/1_t2') tasks.takenBy(task, 'ada');
        return tasks.proposal(task);
      },
    });
    const { totals } = await review(await serve(lapsing));
    expect(totals).toMatchObject({ reviews: 1, conflicts: 1 });
    expect(tasks.submissions.map(({ task }) => task)).toEqual(['demo/1/2_t2']);
  });

  it('that took the verdict but has only a conflict to answer is believed when the task ended under this name', async () => {
    const tasks = new FakeTasks(await tasksOn({ '1_t2': WRONG }));
    const forgetful = wrapped(tasks, {
      submit: async (task, request) => {
        await tasks.submit(task, request);
        throw new TaskConflictError('already accepted');
      },
    });
    const { totals } = await review(await serve(forgetful));
    expect(totals).toMatchObject({ reviews: 1, corrected: 1, conflicts: 0 });
  });

  it('that knows no such token ends the run', async () => {
    const api = await serve(new FakeTasks(await tasksOn({ '1_t2': WRONG })));
    const run = review(api, { api: { ...api.address, token: 'another' } });
    await expect(run).rejects.toThrow(ApiRefusalError);
  });
});

describe('the signal', () => {
  it('stops a reviewer that waits for work, or for an API that is away', async () => {
    const api = await serve(new FakeTasks([]));
    const idle = review(api, { signal: AbortSignal.timeout(50) });
    expect(await idle).toMatchObject({ totals: { reviews: 0 } });
    await api.kill();
    expect(await review(api, { signal: AbortSignal.timeout(50) })).toMatchObject({ totals: { reviews: 0 } });
  });
});

/** The service with some of its methods replaced. */
function wrapped(tasks: FakeTasks, replaced: Partial<TaskService>): TaskService {
  return {
    list: (filter) => tasks.list(filter),
    show: (task) => tasks.show(task),
    claim: (task, request) => tasks.claim(task, request),
    upload: (task, mha) => tasks.upload(task, mha),
    submit: (task, request) => tasks.submit(task, request),
    move: (task, move) => tasks.move(task, move),
    candidate: (task, number) => tasks.candidate(task, number),
    image: (task) => tasks.image(task),
    proposal: (task) => tasks.proposal(task),
    companions: (task) => tasks.companions(task),
    companionImage: (task, series) => tasks.companionImage(task, series),
    ...replaced,
  };
}
