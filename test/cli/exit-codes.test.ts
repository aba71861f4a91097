import { describe, expect, it } from 'vitest';
import { TaskConflictError, TaskNotFoundError } from '../../client/tasks.ts';
import { exitCodeOf } from '../../cli/exit-codes.ts';
import { messageOf } from '../../cli/output.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { ServersDownError } from '../../infra/local/errors.ts';

const failure = (type: string) => Object.assign(new Error('it failed'), { name: 'ApplicationFailure', type });

describe('exit codes', () => {
  it.each([
    [new Error('anything'), 1],
    ['thrown text', 1],
    [new InvalidInputError('1_t1.mha', 'DimSize', 'three numbers', 'two'), 2],
    [new TaskNotFoundError('no task spider/1/1_t1'), 3],
    [new TaskConflictError('claimed by ada'), 4],
    [new ServersDownError(['temporal']), 5],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 5],
    [Object.assign(new Error('14 UNAVAILABLE'), { code: 14 }), 5],
    // What crossed Temporal keeps its name as the failure's type.
    [new Error('Workflow execution failed', { cause: failure('InvalidInputError') }), 2],
    [new Error('Update failed', { cause: new Error('x', { cause: failure('TaskConflictError') }) }), 4],
    [new Error('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) }), 5],
  ])('%s: %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('error messages', () => {
  it('say what the causes add, once', () => {
    const cause = new Error('activity failed', {
      cause: new Error('1_t1.mha: DimSize: expected three numbers, got two'),
    });
    expect(messageOf(new Error('Workflow execution failed', { cause }))).toBe(
      'Workflow execution failed: activity failed: 1_t1.mha: DimSize: expected three numbers, got two',
    );
    const repeated = new Error('no Temporal answers: connect', { cause: new Error('connect') });
    expect(messageOf(repeated)).toBe('no Temporal answers: connect');
  });
});
