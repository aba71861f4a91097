import { Context } from '@temporalio/activity';

/** Well under the heartbeat time-outs of core/queues.ts. */
const EVERY_MS = 3_000;

/**
 * Makes activities beat while they run, so that a killed worker is noticed within seconds and its work goes to another one, not when
 * the activity's whole time is over. For activities that don't heartbeat themselves; they carry no progress.
 */
export function heartbeating<T extends Record<string, (...args: never[]) => Promise<unknown>>>(activities: T): T {
  const beating = Object.entries(activities).map(([name, run]) => [name, beatingOne(run)] as const);
  return Object.fromEntries(beating) as T;
}

function beatingOne(run: (...args: never[]) => Promise<unknown>) {
  return async (...args: never[]): Promise<unknown> => {
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat(), EVERY_MS);
    try {
      return await run(...args);
    } finally {
      clearInterval(timer);
    }
  };
}
