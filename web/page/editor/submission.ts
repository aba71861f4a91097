import type { SubmitRequest, SubmitResult, TaskView, Verdict } from '../../../core/review.ts';
import { ApiError, type Api } from '../api.ts';
import { h } from '../dom.ts';
import { encodeCorrection } from '../mha.ts';
import type { OpenTask } from './open-task.ts';

/**
 * Sends a verdict. Resolves only when the server has answered to everything, so what it resolves with is durable.
 *   1. A correction is stored and its digest compared before the verdict names it.
 *   2. A verdict that is refused because the claim lapsed is sent again under a new claim, unless somebody else has the task.
 *      Claiming first would hide the answer to a verdict whose own answer was lost: an ended task can't be claimed.
 * Sending the same twice is harmless. Throws ApiError, with status 409 when somebody else has the task by now.
 */
export async function sendVerdict(
  api: Api,
  { task }: Pick<OpenTask, 'task'>,
  sent: { reviewer: string; minutes: number; verdict: Verdict },
): Promise<SubmitResult> {
  const request: SubmitRequest = { ...sent, baseDigest: task.proposal.digest, minutes: minutesOf(sent.minutes) };
  try {
    return await api.submit(task.task, request);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    await api.claim(task.task, sent.reviewer);
    return api.submit(task.task, request);
  }
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

/** Gives the person the correction as an MHA file, the one that would be sent. */
export async function saveCorrection(
  { series }: TaskView,
  grid: OpenTask['proposal']['grid'],
  labels: Uint8Array,
): Promise<void> {
  const address = URL.createObjectURL(new Blob([await encodeCorrection(grid, labels)]));
  h('a', { href: address, download: `${series}.mha` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** To a tenth of a minute, at most a day. */
function minutesOf(minutes: number): number {
  return Math.min(24 * 60, Math.round(minutes * 10) / 10);
}
