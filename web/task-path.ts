import { z } from 'zod';
import { DatasetName, TaskPart, type TaskId } from '../core/ids.ts';

/** A round number as it stands in an address. */
export const RoundText = z.string().regex(/^(0|[1-9][0-9]{0,4})$/, 'expected a round number, e.g. "2"');

/** The three path segments that name a task: `/api/tasks/:dataset/:round/:series`, the last one with its read. */
export const TaskPath = z.object({ dataset: DatasetName, round: RoundText, series: TaskPart });
export type TaskPath = z.infer<typeof TaskPath>;

export function taskOfPath(path: TaskPath): TaskId {
  return `${path.dataset}/${Number(path.round)}/${path.series}`;
}
