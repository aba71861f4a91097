import { WorkflowUpdateFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import { jsonDigest } from '../adapters/json-digest.ts';
import { uploadKey, type ObjectStore } from '../adapters/object-store.ts';
import { parseSeriesId, parseTaskId } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { TaskMove } from '../core/review-moves.ts';
import { isSettled } from '../core/review-record.ts';
import type { ClaimRequest, Companion, SubmitRequest, SubmitResult, TaskRow, TaskView } from '../core/review.ts';
import { compareTasks } from '../core/task-order.ts';
import { changedMs, taskListQuery, taskRow, type TaskFilter } from './task-query.ts';
import { createTaskViews } from './task-views.ts';
import { TaskConflictError, TaskNotFoundError, type TaskChanges, type TaskService } from './tasks.ts';

/** By how much what Temporal lists may lag behind what it knows, with a wide margin. */
const LAG_MS = 10_000;

/** The task service on Temporal: lists by search attributes, shows by query, claims and submits by update. */
export function createTaskService(deps: { client: Client; store: ObjectStore }): TaskService & TaskChanges {
  const { client, store } = deps;
  const { handleOf, show, withSiblings } = createTaskViews(client);

  return {
    show,

    list: async (filter) => (await readRows(client, filter)).rows,

    async changes(since) {
      const { rows, latestMs } = await readRows(client, since === undefined ? {} : { changedAfterMs: since });
      return { rows, ...(latestMs > 0 && { mark: Math.max(since ?? 0, latestMs - LAG_MS) }) };
    },

    async claim(task, request) {
      try {
        const update = handleOf(task).executeUpdate<TaskView, [ClaimRequest]>('claim', { args: [request] });
        return await withSiblings(await update);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw closed(await show(task));
        throw named(task, error);
      }
    },

    async move(task, move) {
      try {
        const update = handleOf(task).executeUpdate<TaskView, [TaskMove]>('move', { args: [move] });
        return await withSiblings(await update);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) throw closed(await show(task));
        throw named(task, error);
      }
    },

    async upload(task, mha) {
      const view = await show(task);
      if (isSettled(view)) throw new TaskConflictError(`task ${task}: already ${view.state}`);
      return store.putUpload(task, mha);
    },

    async submit(task, request) {
      const view = await show(task);
      const updateId = submissionId(view, request);
      if (!isSettled(view)) await refuseWithoutUpload(store, task, request);
      try {
        return await handleOf(task).executeUpdate<SubmitResult, [SubmitRequest]>('submit', {
          updateId,
          args: [request],
        });
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw named(task, error);
      }
      return answerGivenBefore(handleOf(task), updateId, view);
    },

    image: async (task) => store.getObject((await show(task)).image.digest),
    proposal: async (task) => store.getObject((await show(task)).proposal.digest),

    async candidate(task, number) {
      const chosen = (await show(task)).candidates?.[number - 1];
      if (!chosen) throw new TaskNotFoundError(`task ${task}: no mask ${number} to decide between`);
      return store.getObject(chosen.mask.digest);
    },

    companions: async (task) => companionsOf(store, await show(task)),

    async companionImage(task, series) {
      const found = (await companionsOf(store, await show(task))).find((each) => each.series === series);
      if (!found) throw new TaskNotFoundError(`task ${task}: no image ${series} in its study`);
      return store.getObject(found.image.digest);
    },
  };
}

/** In the order of core/task-order.ts, and when the latest change was, by the server's clock. */
async function readRows(client: Client, filter: TaskFilter): Promise<{ rows: TaskRow[]; latestMs: number }> {
  const rows: TaskRow[] = [];
  let latestMs = 0;
  for await (const found of client.workflow.list({ query: taskListQuery(filter, Date.now()), pageSize: 1000 })) {
    latestMs = Math.max(latestMs, changedMs(found));
    const row = taskRow(found);
    if (row) rows.push(row);
  }
  // Sorted here: servers differ in whether they can order by an attribute of ours.
  return { rows: rows.sort(compareTasks), latestMs };
}

/** Also those that were excluded: a bad T1 may still help with a T2. */
async function companionsOf(store: ObjectStore, { task, series }: TaskView): Promise<Companion[]> {
  const { study } = parseSeriesId(series);
  const { series: all } = await new DatasetRecords(store, parseTaskId(task).dataset).catalog();
  return all
    .filter((each) => each.study === study && each.series !== series)
    .map(({ series: id, image }) => ({ series: id, image }));
}

/**
 * Names a submission so that sending it again, because the answer was lost, gives the answer of the first time, even when it is
 * still being checked or the task has ended since. What was refused or broke off before does not count as the same: it is checked
 * anew.
 */
export function submissionId(view: TaskView, { reviewer, baseDigest, verdict }: SubmitRequest): string {
  const submitted = view.history.filter(({ event }) => event === 'submitted').length;
  const failedBefore = submitted - (view.state === 'checking' || isSettled(view) ? 1 : 0);
  return `submit-${jsonDigest({ reviewer, baseDigest, verdict, failedBefore }).slice(0, 32)}`;
}

async function refuseWithoutUpload(store: ObjectStore, task: string, { verdict }: SubmitRequest): Promise<void> {
  if (verdict.verdict !== 'correct') return;
  const { digest } = verdict.upload;
  if (await store.bucket.exists(uploadKey(task, digest))) return;
  throw new InvalidInputError(`task ${task}`, 'verdict.upload', 'a mask that was uploaded before', digest.slice(0, 12));
}

/** The ended task's answer to the very same submission; a conflict for any other. */
async function answerGivenBefore(handle: WorkflowHandle, updateId: string, view: TaskView): Promise<SubmitResult> {
  try {
    return await handle.getUpdateHandle<SubmitResult>(updateId).result();
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? closed(view) : named(view.task, error);
  }
}

function closed(view: TaskView): TaskConflictError {
  const ended = isSettled(view) ? `already ${view.state}` : 'its round has ended';
  return new TaskConflictError(`task ${view.task}: ${ended}`);
}

/** A validator's refusal as a conflict; anything else as it came. */
function named(task: string, error: unknown): unknown {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure && cause.type === 'TaskConflict')) return error;
  return new TaskConflictError(`task ${task}: ${cause.message}`);
}
