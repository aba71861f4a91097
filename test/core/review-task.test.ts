import { describe, expect, it } from 'vitest';
import type { GateResult } from '../../core/gate-result.ts';
import type { ReviewInput, SubmitRequest, SubmitResult, Verdict } from '../../core/review.ts';
import * as task from '../../core/review-task.ts';

const [PROPOSAL, OTHER] = ['a'.repeat(64), 'b'.repeat(64)];
const INPUT: ReviewInput = {
  task: 'demo/1/5_t2',
  series: '5_t2',
  round: 1,
  kind: 'proposal',
  image: { digest: OTHER, bytes: 1, voxelDigest: OTHER },
  proposal: { digest: PROPOSAL, bytes: 1, voxelDigest: OTHER },
  modelDigest: null,
  doubt: 0.4,
  structures: [],
  gates: [],
  leaseMs: 1000,
};
const GATE: GateResult = {
  gate: 'known-labels',
  severity: 'refuse',
  passed: false,
  measured: 'unknown 26',
  expected: '1-25',
  labels: [26],
};
const ACCEPTED: SubmitResult = { outcome: 'accepted', gates: [] };
const REFUSED: SubmitResult = { outcome: 'refused', gates: [{ ...GATE, gate: 'hint', severity: 'flag' }, GATE] };

function request(reviewer = 'ada', verdict: Verdict = { verdict: 'accept' }, baseDigest = PROPOSAL): SubmitRequest {
  return { reviewer, baseDigest, minutes: 3, verdict };
}

const queued = task.newRecord(0);
const claimed = task.claimed(queued, 'ada', 10, 1000);
const checking = task.checking(claimed, request(), 20);
const accepted = task.checked(checking, request(), ACCEPTED, null, 30, 1000);
const events = (record: task.TaskRecord) => record.history.map(({ event }) => event);

describe('a claim', () => {
  it('gives a queued task to one reviewer for the time of a lease', () => {
    expect(task.mayClaim(queued, 'ada')).toBeNull();
    expect(claimed).toMatchObject({ state: 'claimed', reviewer: 'ada', leaseUntilMs: 1010 });
    expect(claimed.history.at(-1)).toEqual({
      at: '1970-01-01T00:00:00.010Z',
      event: 'claimed',
      reviewer: 'ada',
      note: '',
    });
  });

  it('is renewed by the same reviewer, without a word in the history, and refused to any other', () => {
    expect(task.mayClaim(claimed, 'ada')).toBeNull();
    const renewed = task.claimed(claimed, 'ada', 500, 1000);
    expect([renewed.leaseUntilMs, events(renewed)]).toEqual([1500, ['queued', 'claimed']]);
    expect(task.mayClaim(claimed, 'bob')).toBe('claimed by ada');
  });

  it('lapses back into the queue, where anybody may take it', () => {
    const lapsed = task.lapsed(claimed, 1010);
    expect(lapsed).toMatchObject({ state: 'queued', reviewer: null, leaseUntilMs: null });
    expect(lapsed.history.at(-1)).toMatchObject({ event: 'lease-lapsed', reviewer: 'ada' });
    expect(task.mayClaim(lapsed, 'bob')).toBeNull();
    expect(events(task.claimed(lapsed, 'ada', 1011, 1000))).toEqual(['queued', 'claimed', 'lease-lapsed', 'claimed']);
  });

  it('is refused while a submission is checked and once the task is over', () => {
    expect(task.mayClaim(checking, 'bob')).toBe('a submission of ada is being checked');
    expect(task.mayClaim(accepted, 'bob')).toBe('already accepted');
  });
});

describe('a submission', () => {
  it('is taken from who holds the task, on the proposal of the task', () => {
    expect(task.maySubmit(claimed, INPUT, request())).toBeNull();
    expect(task.maySubmit(claimed, INPUT, request('bob'))).toBe('claimed by ada');
    expect(task.maySubmit(claimed, INPUT, request('ada', { verdict: 'accept' }, OTHER))).toBe(
      "the verdict is on proposal bbbbbbbbbbbb, the task's is aaaaaaaaaaaa",
    );
    expect(task.maySubmit(queued, INPUT, request())).toMatch(/^nobody holds this task/);
    const other = request('ada', { verdict: 'exclude', reason: 'motion' });
    expect(task.maySubmit(checking, INPUT, other)).toBe('a submission of ada is being checked');
  });

  it('that is being checked may come again: it waits for the same answer', () => {
    expect(task.maySubmit(checking, INPUT, request())).toBeNull();
    expect(task.isPending(checking, request())).toBe(true);
    expect(task.isPending(accepted, request())).toBe(false);
  });

  it('that passes ends the task', () => {
    expect(accepted).toMatchObject({ state: 'accepted', leaseUntilMs: null, excludedReason: null, lastGates: [] });
    expect(events(accepted)).toEqual(['queued', 'claimed', 'submitted', 'accepted']);
  });

  it('that the gates refuse goes back to its reviewer, with a new lease and the gates that refused', () => {
    const refused = task.checked(checking, request(), REFUSED, null, 30, 1000);
    expect(refused).toMatchObject({ state: 'claimed', reviewer: 'ada', leaseUntilMs: 1030, lastGates: REFUSED.gates });
    expect(refused.history.at(-1)).toMatchObject({ event: 'refused', note: 'known-labels' });
    expect(task.maySubmit(refused, INPUT, request())).toBeNull();
    // A refusal answers nothing: the same bytes are checked again.
    expect(task.repeated(refused, request())).toBeNull();
  });

  it('sent twice gets the first answer, from the same reviewer with the same verdict only', () => {
    expect(task.repeated(accepted, request())).toBe(ACCEPTED);
    expect(task.maySubmit(accepted, INPUT, request())).toBeNull();
    expect(task.repeated(accepted, request('bob'))).toBeNull();
    expect(task.maySubmit(accepted, INPUT, request('bob'))).toBe('already accepted');
    const other = request('ada', { verdict: 'exclude', reason: 'motion' });
    expect(task.repeated(accepted, other)).toBeNull();
    expect(task.maySubmit(accepted, INPUT, other)).toBe('already accepted');
  });

  it('can exclude the series, with its reason', () => {
    const exclude = request('ada', { verdict: 'exclude', reason: 'motion' });
    const result: SubmitResult = { outcome: 'excluded', gates: [] };
    const over = task.checked(task.checking(claimed, exclude, 20), exclude, result, null, 30, 1000);
    expect(over).toMatchObject({ state: 'excluded', excludedReason: 'motion' });
    expect(over.history.slice(-2)).toMatchObject([
      { event: 'submitted', note: 'exclude' },
      { event: 'excluded', note: 'motion' },
    ]);
  });

  it("whose check broke is the reviewer's again, with no word against the mask", () => {
    const broke = task.checkBroke(checking, 40, 1000);
    expect(broke).toMatchObject({ state: 'claimed', reviewer: 'ada', leaseUntilMs: 1040, lastGates: [] });
    expect(task.maySubmit(broke, INPUT, request())).toBeNull();
  });
});

describe('viewOf', () => {
  it('shows the task and its state, not the lease it was made with', () => {
    const view = task.viewOf(INPUT, claimed);
    expect(view).toMatchObject({ task: INPUT.task, state: 'claimed', reviewer: 'ada' });
    expect(view.leaseUntil).toBe('1970-01-01T00:00:01.010Z');
    expect(view).not.toHaveProperty('leaseMs');
    expect(task.viewOf(INPUT, queued).leaseUntil).toBeNull();
  });

  it('survives JSON, as a query answers it', () => {
    for (const record of [queued, claimed, checking, accepted]) {
      const view = task.viewOf(INPUT, record);
      expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    }
  });

  it('leaves the record it was made from as it was', () => {
    const before = structuredClone(claimed);
    task.checked(task.checking(claimed, request(), 20), request(), REFUSED, null, 30, 1000);
    expect(claimed).toEqual(before);
  });
});
