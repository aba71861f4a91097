import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { storeVolume } from '../../adapters/ingest-gate.ts';
import { encodeMha } from '../../adapters/volume.ts';
import type { TaskService } from '../../client/tasks.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import { parseTaskId, workflowId } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import type { TaskMove } from '../../core/review-moves.ts';
import type { ReviewInput, TaskView, Verdict } from '../../core/review.ts';
import type { Role } from '../../core/roles.ts';
import { blockPatients } from './block-cohort.ts';
import { without } from './block-reads.ts';
import type { RunningTemporal } from './temporal.ts';

/** Tasks that go the long ways, each a workflow of its own: what no round of the other recordings comes to. */
export const LIVES_DATASET = 'lives';

const PATIENTS = blockPatients(3);
const LEASE_MS = 1500;
const ANSWER_WITHIN_MS = 3000;

/** Sent back by a senior and corrected; moved about by a lead; escalated after a claim that lapsed. */
export async function runLives(temporal: RunningTemporal, store: ObjectStore): Promise<void> {
  const lives = new Lives(temporal, store);
  await Promise.all([lives.sentBack(), lives.movedAbout(), lives.escalated()]);
}

class Lives {
  private readonly tasks: TaskService;

  constructor(
    private readonly temporal: RunningTemporal,
    private readonly store: ObjectStore,
  ) {
    this.tasks = createTaskService({ client: temporal.client, store });
  }

  /** Queued → second read → sent back → second read → accepted by the senior, who says something about a place in between. */
  async sentBack(): Promise<void> {
    const task = await this.open('1_t1', { secondRead: 'doubt' });
    await this.claim(task, 'anna', 'annotator');
    await this.submit(task, 'anna', await this.correction(task, 201, 202));
    await this.claim(task, 'dora', 'radiologist');
    await this.move(task, { move: 'comment', by: 'dora', voxel: [1, 2, 3], text: 'where is the disc?' });
    await this.submit(task, 'dora', { verdict: 'send-back', reason: 'disc 202 is missing' });
    await this.claim(task, 'anna', 'annotator');
    await this.submit(task, 'anna', await this.correction(task));
    await this.claim(task, 'dora', 'radiologist');
    await this.submit(task, 'dora', { verdict: 'accept' });
  }

  /** Pinned, skipped, paused, assigned, taken from who holds it, given back, and each of it back; then accepted. */
  async movedAbout(): Promise<void> {
    const task = await this.open('2_t1');
    const flags = ['pin', 'skip', 'unskip', 'pause'] as const;
    for (const move of flags) await this.move(task, { move, by: 'leo', role: 'lead' });
    await this.move(task, { move: 'resume', by: 'leo', role: 'lead' });
    await this.move(task, { move: 'reassign', by: 'leo', role: 'lead', to: 'bert', reason: 'knows the scanner' });
    await this.claim(task, 'bert', 'annotator');
    await this.move(task, { move: 'release', by: 'bert' });
    await this.claim(task, 'bert', 'annotator');
    await this.move(task, { move: 'reassign', by: 'leo', role: 'lead', to: null });
    await this.move(task, { move: 'unpin', by: 'leo', role: 'lead' });
    await this.claim(task, 'anna', 'annotator');
    await this.submit(task, 'anna', { verdict: 'accept' });
  }

  /** Claimed and left until the lease lapses, then left until it is the lead's, who excludes it. */
  async escalated(): Promise<void> {
    const task = await this.open('3_t1', {
      leaseMs: LEASE_MS,
      answerWithinMs: ANSWER_WITHIN_MS,
      escalateTo: 'leo',
    });
    await this.claim(task, 'anna', 'annotator');
    await this.until(task, ({ flags = [], assignee }) => flags.includes('escalated') && assignee === 'leo');
    await this.claim(task, 'leo', 'lead');
    await this.submit(task, 'leo', { verdict: 'exclude', reason: 'nobody can read this' });
  }

  private async open(series: string, more: Partial<ReviewInput> = {}): Promise<string> {
    const { image, truth } = seriesOf(series);
    const task = `${LIVES_DATASET}/1/${series}`;
    const { store } = this;
    const input: ReviewInput = {
      ...{ task, series, round: 1, kind: 'proposal', modelDigest: 'a'.repeat(64), doubt: 0.5 },
      image: await storeVolume(store, image),
      proposal: await storeVolume(store, truth),
      ...{ structures: [], gates: [], leaseMs: 60_000, size: [...image.grid.size] as [number, number, number] },
      ...more,
    };
    await this.temporal.client.workflow.start('reviewTask', {
      workflowId: workflowId.review(task),
      taskQueue: QUEUE.orchestrate,
      args: [input],
    });
    return task;
  }

  private claim(task: string, reviewer: string, role: Role): Promise<TaskView> {
    return this.tasks.claim(task, { reviewer, role });
  }

  private move(task: string, move: TaskMove): Promise<TaskView> {
    return this.tasks.move(task, move);
  }

  private async correction(task: string, ...missing: number[]): Promise<Verdict> {
    const { truth } = seriesOf(parseTaskId(task).series);
    const mask = missing.reduce((left, label) => without(left, label), truth);
    return { verdict: 'correct', upload: await this.tasks.upload(task, await encodeMha(mask)) };
  }

  private async submit(task: string, reviewer: string, verdict: Verdict): Promise<void> {
    const { proposal } = await this.tasks.show(task);
    await this.tasks.submit(task, { reviewer, baseDigest: proposal.digest, minutes: 3, verdict });
  }

  private async until(task: string, holds: (view: TaskView) => boolean): Promise<void> {
    while (!holds(await this.tasks.show(task))) await sleep(100);
  }
}

function seriesOf(series: string) {
  return PATIENTS.find((each) => each.series === series)!;
}
