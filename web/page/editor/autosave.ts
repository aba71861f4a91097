import { differenceOf } from '../mask-difference.ts';
import type { OpenTask } from './open-task.ts';

const DELAY_MS = 800;

/** What is to be kept, asked for only when it is about to be. */
export interface Drawing {
  labels(): Uint8Array;
  changedVoxels(): number;
  minutes(): number;
}

/** Keeps the drawing in this browser shortly after every stroke, and at once when the tab is left. */
export class Autosave {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly onHide = () => document.hidden && this.now();

  constructor(
    private readonly open: OpenTask,
    private readonly drawing: Drawing,
    private readonly tell: (outcome: { savedAt: number } | { fault: unknown }) => void,
  ) {
    document.addEventListener('visibilitychange', this.onHide);
  }

  soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), DELAY_MS);
  }

  /** Saves what is still waiting to be saved. */
  now(): void {
    if (this.timer === undefined) return;
    void this.save();
  }

  /** Forgets the kept drawing: it was submitted, or it is not wanted. */
  async forget(): Promise<void> {
    this.stopTimer();
    await this.open.store.forget(this.open.task.task);
  }

  close(): void {
    this.now();
    document.removeEventListener('visibilitychange', this.onHide);
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async save(): Promise<void> {
    this.stopTimer();
    const { task, proposal, store } = this.open;
    const savedAt = Date.now();
    try {
      if (this.drawing.changedVoxels() === 0) await store.forget(task.task);
      else {
        const difference = differenceOf(proposal.labels, this.drawing.labels());
        const minutes = this.drawing.minutes();
        await store.keep({ task: task.task, baseDigest: task.proposal.digest, minutes, savedAt, ...difference });
      }
      this.tell({ savedAt });
    } catch (fault) {
      this.tell({ fault });
    }
  }
}
