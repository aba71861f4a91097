import type { SubmitRequest, SubmitResult, TaskView, Verdict } from '../../../core/review.ts';
import type { Api } from '../api.ts';
import { encodeCorrection } from '../mha.ts';
import type { OpenTask } from './open-task.ts';

/**
 * Sends a verdict. Resolves only when the server has answered to everything, so what it resolves with is durable.
 *   1. The claim is renewed first: it may have lapsed while nobody else wanted the task.
 *   2. A correction is stored and its digest compared before the verdict names it.
 * Sending the same twice is harmless. Throws ApiError, with status 409 when somebody else has the task by now.
 */
export async function sendVerdict(
  api: Api,
  { task }: Pick<OpenTask, 'task'>,
  sent: { reviewer: string; minutes: number; verdict: Verdict },
): Promise<SubmitResult> {
  await api.claim(task.task, sent.reviewer);
  const request: SubmitRequest = { ...sent, baseDigest: task.proposal.digest, minutes: minutesOf(sent.minutes) };
  return api.submit(task.task, request);
}

/** Stores a drawing (labels in file order) as the task's correction and gives the verdict that names it. */
export async function storeCorrection(
  api: Api,
  task: TaskView,
  grid: OpenTask['proposal']['grid'],
  labels: Uint8Array,
): Promise<Verdict> {
  const upload = await api.putCorrection(task.task, await encodeCorrection(grid, labels));
  return { verdict: 'correct', upload };
}

/** To a tenth of a minute, at most a day. */
function minutesOf(minutes: number): number {
  return Math.min(24 * 60, Math.round(minutes * 10) / 10);
}
