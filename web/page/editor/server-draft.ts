import type { TaskView } from '../../../core/review.ts';
import { ApiError, type Api } from '../api.ts';
import type { KeptDrawing } from '../drawing-store.ts';
import { differenceOf } from '../mask-difference.ts';
import { decodeVolume, encodeMask, labelsOf } from '../mha.ts';
import type { OpenTask } from './open-task.ts';

const EVERY_MS = 20_000;

type Proposal = OpenTask['proposal'];

/** The drawing kept on the server, so that it can be gone on with elsewhere: some seconds after a stroke, and when the tab is left. */
export class ServerDraft {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private readonly api: Api,
    private readonly task: TaskView,
    private readonly proposal: Proposal,
    private readonly reviewer: string,
  ) {}

  /** The draft as a kept drawing; null when there is none, or none on this proposal. A draft that can't be had is none. */
  async find(): Promise<KeptDrawing | null> {
    const { task, reviewer, proposal } = this;
    try {
      const draft = await this.api.draft(task.task, reviewer);
      if (draft?.baseDigest !== task.proposal.digest) return null;
      const mask = await decodeVolume(await this.api.draftMask(task.task, reviewer, draft.mask.digest), 'draft');
      if (mask.voxels.length !== proposal.labels.length) return null;
      const difference = differenceOf(proposal.labels, labelsOf(mask, 'draft'));
      if (difference.indices.length === 0) return null;
      const { baseDigest, minutes, savedAt } = draft;
      return { task: task.task, reviewer, baseDigest, minutes, savedAt: Date.parse(savedAt), ...difference };
    } catch {
      return null;
    }
  }

  /** Something was drawn. */
  soon(drawing: { labels(): Uint8Array; minutes(): number }): void {
    if (!this.closed) this.timer ??= setTimeout(() => void this.keep(drawing), EVERY_MS);
  }

  /** Sends what waits to be sent. */
  now(drawing: { labels(): Uint8Array; minutes(): number }): void {
    if (this.timer !== undefined) void this.keep(drawing);
  }

  /** Sends what waits, the last time. */
  close(drawing: { labels(): Uint8Array; minutes(): number }): void {
    this.closed = true;
    this.now(drawing);
  }

  async forget(): Promise<void> {
    this.cancel();
    await this.api.forgetDraft(this.task.task, this.reviewer).catch(() => undefined);
  }

  /** What waits is not sent any more: the task has ended. */
  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async keep(drawing: { labels(): Uint8Array; minutes(): number }): Promise<void> {
    this.cancel();
    const { task, reviewer, proposal } = this;
    const about = { reviewer, baseDigest: task.proposal.digest, minutes: Math.min(1440, drawing.minutes()) };
    try {
      await this.api.putDraft(task.task, about, await encodeMask(proposal.grid, drawing.labels()));
    } catch (error) {
      // This browser has it. A server that is away gets it later; one that refuses it won't take it then either.
      if (!(error instanceof ApiError && error.status >= 400 && error.status < 500)) this.soon(drawing);
    }
  }
}
