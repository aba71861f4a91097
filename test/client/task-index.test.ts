import { describe, expect, it } from 'vitest';
import { withTaskIndex, type IndexTimes } from '../../client/task-index.ts';
import { TaskConflictError, type TaskChanges, type TaskService } from '../../client/tasks.ts';
import type { TaskRow, TaskView } from '../../core/review.ts';

const row = (series: string, changes: Partial<TaskRow> = {}): TaskRow => ({
  task: `spider/1/${series}`,
  series,
  round: 1,
  state: 'queued',
  kind: 'proposal',
  doubt: 0.5,
  reviewer: null,
  ...changes,
});

/** A service whose list is what the test says, and is read when the test says. */
class Behind {
  rows: TaskRow[] = [row('1_t1'), row('2_t1')];
  /** What it answers when asked for changes; without a mark it never is. */
  changed: TaskRow[] = [];
  mark: number | undefined;
  readings = 0;
  asked: (number | undefined)[] = [];
  fault: Error | null = null;
  held: Promise<void> | null = null;

  readonly service = {
    changes: async (since?: number) => {
      this.readings++;
      this.asked.push(since);
      const rows = (since === undefined ? this.rows : this.changed).map((each) => ({ ...each }));
      await this.held;
      if (this.fault) throw this.fault;
      return { rows, ...(this.mark !== undefined && { mark: this.mark }) };
    },
    claim: async (task: string, { reviewer }: { reviewer: string }) => {
      if (task === 'spider/1/9_t1') throw new TaskConflictError('claimed by bert');
      return { task, state: 'claimed', reviewer } as TaskView;
    },
    submit: async () => ({ outcome: 'accepted', gates: [] }),
    move: async (task: string) => ({ task, state: 'queued', reviewer: null }) as unknown as TaskView,
  } as unknown as TaskService & TaskChanges;

  index(times: IndexTimes = {}) {
    return withTaskIndex(this.service, times);
  }
}

const states = (rows: TaskRow[]) => rows.map(({ series, state, reviewer }) => `${series} ${state} ${reviewer ?? '-'}`);

describe('the task index', () => {
  it('reads once for all who ask, and filters as the service does', async () => {
    const behind = new Behind();
    behind.rows.push(row('3_t2', { task: 'other/2/3_t2', round: 2, state: 'claimed', reviewer: 'ada' }));
    const tasks = behind.index();
    const lists = await Promise.all([
      tasks.list({}),
      tasks.list({ dataset: 'spider' }),
      tasks.list({ round: 2 }),
      tasks.list({ state: 'claimed' }),
      tasks.list({ dataset: 'spid' }),
    ]);
    expect(lists.map(({ length }) => length)).toEqual([3, 2, 1, 1, 0]);
    expect(behind.readings).toBe(1);
  });

  it('shows what was done here at once, also when the index behind lags', async () => {
    const behind = new Behind();
    const tasks = behind.index({ freshMs: 0 });
    await tasks.list({});
    await tasks.claim('spider/1/1_t1', { reviewer: 'ada' });
    expect(states(await tasks.list({}))).toEqual(['1_t1 claimed ada', '2_t1 queued -']);
    await expect.poll(async () => (await tasks.list({}), behind.readings)).toBeGreaterThan(1);
    // Read anew meanwhile, and still "queued" behind.
    expect(states(await tasks.list({ state: 'claimed' }))).toEqual(['1_t1 claimed ada']);
    await tasks.submit('spider/1/1_t1', { reviewer: 'ada' } as Parameters<TaskService['submit']>[1]);
    expect(states(await tasks.list({}))).toEqual(['1_t1 accepted ada', '2_t1 queued -']);
    await tasks.move('spider/1/1_t1', { move: 'release', by: 'ada' });
    expect(states(await tasks.list({}))[0]).toBe('1_t1 queued -');
  });

  it('believes the index behind again when what was done here is old', async () => {
    const behind = new Behind();
    const tasks = behind.index({ freshMs: 0, ownMs: 1 });
    await tasks.claim('spider/1/1_t1', { reviewer: 'ada' });
    await expect.poll(async () => states(await tasks.list({}))[0]).toBe('1_t1 queued -');
  });

  it('answers from memory while it reads anew, and then shows what is new', async () => {
    const behind = new Behind();
    const tasks = behind.index({ freshMs: 0 });
    await tasks.list({});
    let go = () => {};
    behind.held = new Promise((resolve) => (go = resolve));
    behind.rows = [row('4_t1')];
    // The reading is held up; nobody waits for it.
    await expect.poll(async () => ((await tasks.list({})).length, behind.readings)).toBe(2);
    expect(states(await tasks.list({}))).toEqual(['1_t1 queued -', '2_t1 queued -']);
    go();
    await expect.poll(async () => states(await tasks.list({}))).toEqual(['4_t1 queued -']);
  });

  it('lets nothing of a refused claim be seen', async () => {
    const tasks = new Behind().index();
    await tasks.list({});
    await expect(tasks.claim('spider/1/9_t1', { reviewer: 'ada' })).rejects.toThrow('claimed by bert');
    expect(states(await tasks.list({}))).toEqual(['1_t1 queued -', '2_t1 queued -']);
  });

  it('fails as without an index when the list is too old and can not be read', async () => {
    const behind = new Behind();
    const tasks = behind.index({ freshMs: 0, oldestMs: 1_000 });
    await tasks.list({});
    behind.fault = new Error('Temporal is away');
    expect((await tasks.list({})).length).toBe(2);
    await expect.poll(() => tasks.list({}).catch((error: Error) => error.message)).toBe('Temporal is away');
    behind.fault = null;
    await expect.poll(() => tasks.list({}).catch(() => [])).toHaveLength(2);
  });

  it('reads what changed, puts it where it belongs, and the whole list now and then', async () => {
    const behind = new Behind();
    behind.rows = [row('1_t1', { doubt: 0.9 }), row('2_t1', { doubt: 0.5 }), row('3_t1', { doubt: 0.3 })];
    behind.mark = 7;
    const tasks = behind.index({ freshMs: 0, wholeMs: 1_500 });
    await tasks.list({});
    // One that is gone shows when the whole is read; a new one, and one that changed, at once.
    behind.rows = [row('1_t1', { doubt: 0.9 }), row('4_t1', { doubt: 0.6 }), row('2_t1', { state: 'accepted' })];
    behind.changed = behind.rows.slice(1);
    behind.mark = 8;
    await expect
      .poll(async () => states(await tasks.list({})))
      .toEqual(['1_t1 queued -', '4_t1 queued -', '2_t1 accepted -', '3_t1 queued -']);
    expect(behind.asked.slice(0, 2)).toEqual([undefined, 7]);
    await expect.poll(async () => states(await tasks.list({}))).toHaveLength(3);
    expect(behind.asked).toContain(8);
    expect(behind.asked.slice(1)).toContain(undefined);
  });

  it('shows what was done here over what changed elsewhere', async () => {
    const behind = new Behind();
    behind.mark = 7;
    const tasks = behind.index({ freshMs: 0 });
    await tasks.list({});
    await tasks.claim('spider/1/1_t1', { reviewer: 'ada' });
    behind.changed = [row('1_t1'), row('2_t1', { state: 'claimed', reviewer: 'bert' })];
    await expect.poll(async () => states(await tasks.list({}))).toEqual(['1_t1 claimed ada', '2_t1 claimed bert']);
  });

  it('goes on from the last mark when nothing changed', async () => {
    const behind = new Behind();
    behind.mark = 7;
    const tasks = behind.index({ freshMs: 0 });
    await tasks.list({});
    behind.mark = undefined;
    await expect.poll(async () => (await tasks.list({}), behind.readings)).toBeGreaterThan(2);
    expect(new Set(behind.asked.slice(1))).toEqual(new Set([7]));
  });
});
