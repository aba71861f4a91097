import type { QueueName } from '../client/workers.ts';
import type { CommandContext } from './context.ts';

/** What a round needs. */
export const ROUND_QUEUES = ['orchestrate', 'imaging', 'train-gpu', 'inference'] as const satisfies QueueName[];

/** Remarks on queues that nobody works on, before a command waits for them. */
export async function noteMissingWorkers(context: CommandContext, queues: readonly QueueName[]): Promise<void> {
  const { unattendedQueues } = await import('../client/workers.ts');
  const { client } = await context.temporal();
  // A remark is not worth a failure: a server may not tell.
  const missing = await unattendedQueues(client, queues).catch(() => []);
  if (missing.length === 0) return;
  const which = missing.length === 1 ? `queue ${missing[0]}` : `queues ${missing.join(', ')}`;
  context.output.note(
    `no worker takes work from ${which}: this waits until one does; \`spindle up\` starts the local ones`,
  );
}
