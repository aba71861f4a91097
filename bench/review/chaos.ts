import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from './installation.ts';

/** What is killed, one after the other; each comes back before the next goes. */
const VICTIMS = ['web', 'orchestrate', 'imaging', 'temporal', 'web', 'temporal'] as const;

/** Kills every process once or twice (kill -9) while people work, and starts it again as `spindle up` does. */
export async function killInTurn(installation: Installation, calmMs: number): Promise<string[]> {
  for (const victim of VICTIMS) {
    await sleep(calmMs);
    await installation.kill(victim);
    await sleep(500);
    await installation.up();
  }
  await sleep(calmMs);
  return [...VICTIMS];
}
