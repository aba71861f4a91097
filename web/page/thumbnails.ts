import type { TaskId } from '../../core/ids.ts';
import { h } from './dom.ts';

/** The small pictures of a list: each is loaded when it comes into sight, and kept while the list is drawn again and again. */
export class Thumbnails {
  private readonly made = new Map<TaskId, HTMLElement>();

  of(task: TaskId): HTMLElement {
    const frame = this.made.get(task) ?? picture(task);
    this.made.set(task, frame);
    return frame;
  }
}

/** Says nothing that the row does not: for those who see. One that can't be had leaves its place empty. */
function picture(task: TaskId): HTMLElement {
  const source = `/api/tasks/${task}/thumbnail.png`;
  const image = h('img', { src: source, alt: '', loading: 'lazy', decoding: 'async' });
  image.addEventListener('error', () => image.remove());
  return h('span', { class: 'thumbnail' }, image);
}
