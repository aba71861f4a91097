import { renderThumbnail } from '../adapters/picture.ts';
import { asMask, decodeMha } from '../adapters/volume.ts';
import type { TaskService } from '../client/tasks.ts';
import type { TaskView } from '../core/review.ts';

/** Some 20 kB each. */
const MOST_KEPT = 1000;
/** Whole volumes are read for one slice of each: so many at a time. */
const AT_ONCE = 2;

/** Small pictures of series, the last ones kept in memory. */
export class Thumbnails {
  private readonly kept = new Map<string, Promise<Uint8Array>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly tasks: Pick<TaskService, 'image' | 'proposal'>) {}

  /** What names a picture: the same as long as it is the same. */
  static nameOf({ image, proposal }: Pick<TaskView, 'image' | 'proposal'>, withMask: boolean): string {
    return withMask ? `${image.digest}.${proposal.digest}` : image.digest;
  }

  /** The middle sagittal slice as a PNG, with or without the mask over it. */
  async png(view: Pick<TaskView, 'task' | 'image' | 'proposal'>, withMask: boolean): Promise<Uint8Array> {
    const name = Thumbnails.nameOf(view, withMask);
    const made = this.kept.get(name) ?? this.drawn(view.task, withMask);
    this.kept.delete(name);
    this.kept.set(name, made);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    try {
      return await made;
    } catch (error) {
      this.kept.delete(name);
      throw error;
    }
  }

  private async drawn(task: string, withMask: boolean): Promise<Uint8Array> {
    while (this.running >= AT_ONCE) await new Promise<void>((go) => this.waiting.push(go));
    this.running++;
    try {
      const image = await decodeMha(await this.tasks.image(task), 'image');
      const mask = withMask ? asMask(await decodeMha(await this.tasks.proposal(task), 'proposal'), 'proposal') : null;
      return renderThumbnail(image, mask);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }
}
