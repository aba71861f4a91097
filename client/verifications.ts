import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { ObjectStore } from '../adapters/object-store.ts';
import { scheduleId, workflowId, type DatasetName } from '../core/ids.ts';
import { QUEUE } from '../core/queues.ts';
import { VERIFICATIONS, VerificationLog, type Verification } from '../core/verification.ts';
import type { verifyVersions } from '../workflows/verify-versions.ts';

export interface VerificationStatus {
  dataset: DatasetName;
  /** When the next one begins, ISO 8601; null when none is scheduled. */
  next: string | null;
  /** The last one; null before the first. */
  last: Verification | null;
}

const NIGHT = { hour: 2, minute: 0, comment: 'nightly at 02:00 UTC' } as const;

/** Has a dataset verified every night at 02:00 UTC, by a Temporal Schedule. Again the same is harmless. */
export async function scheduleVerification(client: Client, dataset: DatasetName): Promise<void> {
  const options = {
    scheduleId: scheduleId.verify(dataset),
    spec: { calendars: [NIGHT] },
    // One at a time; a night that was missed is made up for within a day.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'verifyVersions',
      workflowId: workflowId.verify(dataset),
      taskQueue: QUEUE.orchestrate,
      args: [{ dataset }] as Parameters<typeof verifyVersions>,
    },
  };
  const known = await describe(client, dataset);
  if (!known) await client.schedule.create(options);
}

/** Ends it; what was found stays. Tells whether there was one. */
export async function unscheduleVerification(client: Client, dataset: DatasetName): Promise<boolean> {
  if (!(await describe(client, dataset))) return false;
  await client.schedule.getHandle(scheduleId.verify(dataset)).delete();
  return true;
}

export async function verificationStatus(
  { client, store }: { client: Client; store: ObjectStore },
  dataset: DatasetName,
): Promise<VerificationStatus> {
  const known = await describe(client, dataset);
  const log = await store.readRef(dataset, VERIFICATIONS, VerificationLog);
  const next = known?.info.nextActionTimes[0]?.toISOString() ?? null;
  return { dataset, next, last: log?.value.verifications.at(-1) ?? null };
}

async function describe(client: Client, dataset: DatasetName) {
  try {
    return await client.schedule.getHandle(scheduleId.verify(dataset)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
