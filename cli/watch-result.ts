import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './output.ts';
import { StepProgress } from './step-progress.ts';

const POLL_MS = 1_000;

/** Waits for a workflow's result; `look` is called about once a second to show how far it is. A look that fails is let pass. */
export async function watchResult<T>(
  output: Output,
  result: Promise<T>,
  look: (progress: StepProgress) => Promise<void>,
): Promise<T> {
  const progress = new StepProgress(output);
  let ended = false;
  const end = () => void (ended = true);
  result.then(end, end);
  try {
    for (; !ended; await Promise.race([sleep(POLL_MS), result])) await look(progress).catch(() => undefined);
    return await result;
  } finally {
    progress.stop();
  }
}
