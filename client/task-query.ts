import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { DatasetName, taskOfWorkflow } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { fromTags } from '../core/task-tags.ts';
import { TaskRow, TaskState } from '../core/review.ts';

/** Settled tasks are listed for so long after they ended; open ones always. */
const RECENT_DAYS = 7;

const KEY = {
  round: defineSearchAttributeKey('SpindleRound', SearchAttributeType.INT),
  series: defineSearchAttributeKey('SpindleSeries', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('SpindleState', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('SpindleKind', SearchAttributeType.KEYWORD),
  doubt: defineSearchAttributeKey('SpindleDoubt', SearchAttributeType.DOUBLE),
  reviewer: defineSearchAttributeKey('SpindleReviewer', SearchAttributeType.KEYWORD),
  minutes: defineSearchAttributeKey('SpindleMinutes', SearchAttributeType.DOUBLE),
  changed: defineSearchAttributeKey('SpindleChanged', SearchAttributeType.DATETIME),
  tags: defineSearchAttributeKey('SpindleTags', SearchAttributeType.KEYWORD_LIST),
};

export interface TaskFilter {
  dataset?: string;
  round?: number;
  state?: TaskState;
  /** Only those whose attributes changed after this time of the server's. */
  changedAfterMs?: number;
}

/** A visibility query for review tasks: open ones and those settled in the last seven days. Throws InvalidInputError. */
export function taskListQuery({ dataset, round, state, changedAfterMs }: TaskFilter, nowMs: number): string {
  const since = new Date(nowMs - RECENT_DAYS * 24 * 60 * 60 * 1000).toISOString();
  const clauses = [
    `WorkflowType = 'reviewTask'`,
    `(ExecutionStatus = 'Running' OR (ExecutionStatus = 'Completed' AND CloseTime > '${since}'))`,
  ];
  if (dataset !== undefined) {
    const name = DatasetName.safeParse(dataset);
    if (!name.success) throw new InvalidInputError('task list', 'dataset', 'a dataset name', JSON.stringify(dataset));
    clauses.push(`SpindleDataset = '${name.data}'`);
  }
  if (round !== undefined) {
    if (!Number.isInteger(round)) throw new InvalidInputError('task list', 'round', 'a whole number', `${round}`);
    clauses.push(`SpindleRound = ${round}`);
  }
  if (state !== undefined) {
    const known = TaskState.safeParse(state);
    if (!known.success) throw new InvalidInputError('task list', 'state', TaskState.options.join(', '), `${state}`);
    clauses.push(`SpindleState = '${known.data}'`);
  }
  if (changedAfterMs !== undefined) clauses.push(`SpindleChanged > '${new Date(changedAfterMs).toISOString()}'`);
  return clauses.join(' AND ');
}

/** A row from a task's search attributes; undefined while they aren't all there, as in a task's first moment. */
export function taskRow({ workflowId, typedSearchAttributes: found }: WorkflowExecutionInfo): TaskRow | undefined {
  const reviewer = found.get(KEY.reviewer);
  const row = TaskRow.safeParse({
    task: taskOfWorkflow(workflowId),
    series: found.get(KEY.series),
    round: found.get(KEY.round),
    state: found.get(KEY.state),
    kind: found.get(KEY.kind),
    doubt: found.get(KEY.doubt),
    reviewer: reviewer === undefined || reviewer === 'nobody' ? null : reviewer,
    expectedMinutes: found.get(KEY.minutes),
    ...fromTags(found.get(KEY.tags) ?? []),
  });
  return row.success ? row.data : undefined;
}

/** When a task's attributes changed last, by the server's clock; 0 for one of before that was kept. */
export function changedMs({ typedSearchAttributes: found }: WorkflowExecutionInfo): number {
  return found.get(KEY.changed)?.getTime() ?? 0;
}
