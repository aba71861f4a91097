import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import { PLAIN_REVIEW } from '../../client/policies.ts';
import { parseTaskId, workflowId } from '../../core/ids.ts';
import type { CampaignInput, RoundState } from '../../core/loop.ts';
import { QUEUE } from '../../core/queues.ts';
import type { Verdict } from '../../core/review.ts';
import type { Mask } from '../../core/volume.ts';
import { BLOCK_POLICY, blockPatients, uploadBlocks } from './block-cohort.ts';
import type { RunningTemporal } from './temporal.ts';

export const READS_DATASET = 'reads';

/** Who reads what; nobody reads a series twice. */
export const READERS = { own: 'anna', second: 'bert', blind: 'bert', audit: 'carl', adjudication: 'dora' } as const;

/** What the policy demands of whoever reviews a T2. */
export const T2_SKILL = 'discs';

const COHORT = blockPatients(3);

export function blocksOf(series: string): Mask {
  return COHORT.find((each) => each.series === series)!.truth;
}

export function without({ voxels, ...mask }: Mask, label: number): Mask {
  return { ...mask, voxels: voxels.map((value) => (value === label ? 0 : value)) };
}

/**
 * One round of three patients in which every proposal is read by two: one becomes a blinded control, the other one is read twice, and
 * everything that is accepted untouched is audited. Proposals are exact. The second reader and the one who draws leave disc 202 out, so
 * that reads differ; the adjudicator and, but for series 1_t1, the auditor accept what they see.
 */
export async function runReads({ client }: RunningTemporal, store: ObjectStore): Promise<void> {
  const ingest = await uploadBlocks(store, READS_DATASET, COHORT);
  const taskQueue = QUEUE.orchestrate;
  await client.workflow.execute('ingestCohort', {
    workflowId: workflowId.ingest(READS_DATASET, ingest.list.digest),
    taskQueue,
    args: [ingest],
  });
  const review = {
    ...PLAIN_REVIEW,
    controlShare: 0.5,
    doubleReadShare: 0.5,
    auditShare: 1,
    skillRules: [{ sequence: 't2' as const, skill: T2_SKILL }],
  };
  const policy = { ...BLOCK_POLICY, review };
  const campaign = await client.workflow.start('campaign', {
    workflowId: workflowId.campaign(READS_DATASET),
    taskQueue,
    args: [{ dataset: READS_DATASET, policy, nextRound: 1, paused: false } satisfies CampaignInput],
  });
  let ended = false;
  const result = campaign.result().finally(() => (ended = true));
  const settled = new Set<string>();
  while (!ended) {
    const round = client.workflow.getHandle(workflowId.round(READS_DATASET, 1));
    const state = await round.query<RoundState>('roundState').catch(() => null);
    for (const { task } of state?.openTasks ?? []) {
      if (settled.has(task)) continue;
      settled.add(task);
      await settle(createTaskService({ client, store }), task);
    }
    await sleep(200);
  }
  await result;
}

async function settle(tasks: ReturnType<typeof createTaskService>, task: string): Promise<void> {
  const { series, read } = parseTaskId(task);
  const reviewer = READERS[read ?? 'own'];
  const view = await tasks.claim(task, {
    reviewer,
    role: reviewer === 'dora' ? 'radiologist' : 'annotator',
    skills: [T2_SKILL],
  });
  const changes = read === 'second' || read === 'blind' || (read === 'audit' && series === '1_t1');
  const mask = without(blocksOf(series), 202);
  const verdict: Verdict = changes
    ? { verdict: 'correct', upload: await tasks.upload(task, await encodeMha(mask)) }
    : { verdict: 'accept' };
  await tasks.submit(task, { reviewer, baseDigest: view.proposal.digest, minutes: 4, verdict });
}
