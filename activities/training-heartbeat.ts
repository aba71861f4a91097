import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '@temporalio/activity';
import { z } from 'zod';
import { MissingObjectError } from '../adapters/object-store.ts';
import { Digest } from '../core/ids.ts';
import type { TrainerEvent } from '../core/trainer-contract.ts';
import type { StoreDeps } from './dataset.ts';
import type { TrainRequest } from './train.ts';
import { jobName } from './training-job-name.ts';

/** Where a training is: what its heartbeats carry. */
const Progress = z.object({
  step: z.int(),
  fraction: z.number(),
  /** The last checkpoint: its path in the job directory, and where its bytes lie among the uploads of the job. */
  checkpoint: z.object({ path: z.string(), slot: z.enum(['a', 'b']), digest: Digest }).nullable(),
});
type Progress = z.infer<typeof Progress>;

const EVERY_MS = 5_000;

/**
 * Keeps a training's heartbeat going.
 *   1. Beats every 5 s whatever the trainer says, so that only a dead worker misses.
 *   2. A checkpoint is stored before a heartbeat names it; one is stored at a time, the newest next.
 *   3. Two slots take turns, so that the one a heartbeat names is whole while the next is written.
 */
export class TrainingHeartbeat {
  private progress: Progress;
  private readonly timer: NodeJS.Timeout;
  private storing: Promise<void> | null = null;
  private waiting: string | null = null;

  constructor(
    private readonly deps: StoreDeps,
    private readonly request: TrainRequest,
    private readonly context: Context,
  ) {
    const before = Progress.safeParse(context.info.heartbeatDetails);
    this.progress = before.data ?? { step: 0, fraction: 0, checkpoint: null };
    this.timer = setInterval(() => this.beat(), EVERY_MS);
    this.beat();
  }

  beat(): void {
    this.context.heartbeat(this.progress);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Waits until the last checkpoint is stored. */
  async settle(): Promise<void> {
    await this.storing;
    this.beat();
  }

  onEvent(event: TrainerEvent, jobDir: string): void {
    if (event.event === 'progress') {
      this.progress = { ...this.progress, step: event.step, fraction: event.fraction };
      this.beat();
    }
    if (event.event !== 'checkpoint') return;
    this.waiting = event.path;
    this.storing ??= this.storeWaiting(jobDir).finally(() => (this.storing = null));
  }

  /** Brings back the checkpoint of an earlier attempt where this machine has none. */
  async restoreCheckpoint(jobDir: string): Promise<void> {
    const { checkpoint } = this.progress;
    if (!checkpoint) return;
    const target = join(jobDir, checkpoint.path);
    if (await readFile(target).then(Boolean, () => false)) return;
    try {
      const bytes = await this.deps.store.getUpload(this.slotFolder(checkpoint.slot), checkpoint.digest);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, bytes);
    } catch (error) {
      // It has been superseded and dropped: training starts anew.
      if (!(error instanceof MissingObjectError)) throw error;
    }
  }

  /** Forgets the stored checkpoints once the model is stored. */
  async dropCheckpoints(): Promise<void> {
    await this.settle();
    await this.deps.store.deleteUploads(this.folder);
  }

  private get folder(): string {
    return `training/${this.request.dataset}/${jobName(this.request)}`;
  }

  private slotFolder(slot: 'a' | 'b'): string {
    return `${this.folder}/${slot}`;
  }

  private async storeWaiting(jobDir: string): Promise<void> {
    while (this.waiting !== null) {
      const path = this.waiting;
      this.waiting = null;
      const slot = this.progress.checkpoint?.slot === 'a' ? 'b' : 'a';
      try {
        const bytes = new Uint8Array(await readFile(join(jobDir, path)));
        await this.deps.store.deleteUploads(this.slotFolder(slot));
        const { digest } = await this.deps.store.putUpload(this.slotFolder(slot), bytes);
        this.progress = { ...this.progress, checkpoint: { path, slot, digest } };
        this.beat();
      } catch (error) {
        // The checkpoint on this machine is still there; only another machine could not go on from it.
        this.context.log.warn('a checkpoint was not stored', { error });
      }
    }
  }
}
