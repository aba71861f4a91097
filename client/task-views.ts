import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { TaskId, workflowId } from '../core/ids.ts';
import { readersOf } from '../core/review-record.ts';
import type { Sibling, TaskView } from '../core/review.ts';
import { noSuchTask, TaskNotFoundError } from './tasks.ts';

/** Asks the workflows of review tasks how they stand. */
export interface TaskViews {
  /** Throws TaskNotFoundError for a name that no task can have. */
  handleOf: (task: string) => WorkflowHandle;
  show: (task: string) => Promise<TaskView>;
  /** With how the other reads of the series stand, where they must not know of each other. */
  withSiblings: (view: TaskView) => Promise<TaskView>;
}

export function createTaskViews(client: Client): TaskViews {
  const handleOf = (task: string): WorkflowHandle => {
    if (!TaskId.safeParse(task).success) throw noSuchTask(task);
    return client.workflow.getHandle(workflowId.review(task));
  };
  const alone = async (task: string): Promise<TaskView> => {
    try {
      return await handleOf(task).query<TaskView>('task');
    } catch (error) {
      throw error instanceof WorkflowNotFoundError ? noSuchTask(task) : error;
    }
  };
  const sibling = async (task: string): Promise<Sibling> => {
    try {
      const { state, history } = await alone(task);
      return { task, state, readers: readersOf(history) };
    } catch (error) {
      // Its round is about to open it.
      if (error instanceof TaskNotFoundError) return { task, state: 'queued', readers: [] };
      throw error;
    }
  };
  const withSiblings = async (view: TaskView): Promise<TaskView> => {
    const { independentOf = [] } = view;
    return independentOf.length === 0 ? view : { ...view, siblings: await Promise.all(independentOf.map(sibling)) };
  };
  return { handleOf, withSiblings, show: async (task) => withSiblings(await alone(task)) };
}
