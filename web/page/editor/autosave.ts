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
  private readonly onHide = () => document.hidden && this.leave();

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
    this.open.draft.soon(this.drawing);
  }

  /** Saves what is still waiting to be saved. */
  now(): void {
    if (this.timer === undefined) return;
    void this.save();
  }

  /** Forgets the kept drawing: it was submitted, or it is not wanted. */
  async forget(): Promise<void> {
    this.stopTimer();
    const { store, reviewer, task, draft } = this.open;
    await Promise.all([store.forget(reviewer, task.task), draft.forget()]);
  }

  /** Saves what is still waiting, here and on the server. */
  private leave(): void {
    this.now();
    this.open.draft.now(this.drawing);
  }

  close(): void {
    this.now();
    this.open.draft.close(this.drawing);
    document.removeEventListener('visibilitychange', this.onHide);
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async save(): Promise<void> {
    this.stopTimer();
    const { task, proposal, store, reviewer } = this.open;
    const savedAt = Date.now();
    try {
      if (this.drawing.changedVoxels() === 0) await store.forget(reviewer, task.task);
      else {
        const difference = differenceOf(proposal.labels, this.drawing.labels());
        const minutes = this.drawing.minutes();
        const baseDigest = task.proposal.digest;
        await store.keep({ task: task.task, reviewer, baseDigest, minutes, savedAt, ...difference });
      }
      this.tell({ savedAt });
    } catch (fault) {
      this.tell({ fault });
    }
  }
}
