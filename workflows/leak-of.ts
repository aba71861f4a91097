import { ApplicationFailure } from '@temporalio/common';

/** Why an evaluation was refused, when that is that the model has seen validation patients; null for any other failure. */
export function leakOf(error: unknown): string | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure && at.type === 'LeakError') return at.message;
  }
  return null;
}
