import { objectKey } from '../../adapters/object-store.ts';
import { concurrently } from '../../client/concurrently.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import type { TaskId } from '../../core/ids.ts';
import type { Installation } from './installation.ts';
import type { Reviewer } from './reviewer.ts';

export interface Audit {
  /** Tasks that somebody had. */
  tasks: number;
  /** What must not be, one sentence each. */
  findings: string[];
}

/**
 * Holds what the people were told against what the workflows and the store say: no task was given to two people, and every verdict that
 * was called accepted stands in its task, once, with its mask in S3.
 */
export async function audit({ client, store }: Installation, reviewers: readonly Reviewer[]): Promise<Audit> {
  const findings: string[] = [];
  const holders = new Map<TaskId, Reviewer[]>();
  for (const reviewer of reviewers) {
    for (const task of reviewer.claimed) holders.set(task, [...(holders.get(task) ?? []), reviewer]);
  }
  const tasks = createTaskService({ client, store });
  await concurrently([...holders], 16, async ([task, people]) => {
    if (people.length > 1) findings.push(`${task} was given to ${people.map(({ name }) => name).join(' and ')}`);
    const { history, reference, state } = await tasks.show(task);
    const claims = new Set(history.filter(({ event }) => event === 'claimed').map(({ reviewer }) => reviewer));
    if (claims.size > 1) findings.push(`${task} was claimed by ${[...claims].join(' and ')}`);
    const acceptedBy = history.filter(({ event }) => event === 'accepted').map(({ reviewer }) => reviewer);
    for (const { name, accepted } of people) {
      if (!accepted.has(task)) continue;
      if (state !== 'accepted' || acceptedBy.join() !== name) {
        findings.push(
          `${task}: ${name} was told that it is accepted; it is ${state}, accepted by ${acceptedBy.join() || 'nobody'}`,
        );
      } else if (!reference || !(await store.bucket.exists(objectKey(reference.mask.digest)))) {
        findings.push(`${task}: accepted, but its mask is not in the store`);
      }
    }
  });
  return { tasks: holders.size, findings };
}
