import { parseTaskId } from '../../../core/ids.ts';
import { isSettled } from '../../../core/review-record.ts';
import { CommentText, type Comment, type TaskView } from '../../../core/review.ts';
import { h, key } from '../dom.ts';
import { Live } from '../live.ts';
import { messageOf } from '../panels.ts';
import type { Context } from '../view.ts';
import type { Place } from '../viewer.ts';
import { asSentence, clockTime } from '../words.ts';

export interface CommentEvents {
  /** Where the crosshair is, in file indices. */
  place(): Place['index'];
  goTo(voxel: Place['index']): void;
}

/** What people said about places in the volume, oldest first, and a field to say more. Text is shown as text, never as markup. */
export class Comments {
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'comments', 'aria-live': 'polite' });
  private readonly text = h('textarea', {
    rows: 2,
    maxlength: 1000,
    'aria-label': 'Comment',
    placeholder: 'About the place under the crosshair',
  });
  private readonly fault = h('p', { class: 'fault', role: 'alert' });
  private shown = -1;
  /** That somebody has just said something, above the structures; leads to it. */
  readonly news = h('button', { class: 'news', hidden: true });
  private readonly live: Live;

  constructor(
    private readonly context: Context,
    private readonly task: TaskView,
    private readonly events: CommentEvents,
  ) {
    const send = h('button', {}, 'Comment on this place');
    const form = h(
      'form',
      { class: 'comment-form', on: { submit: (event) => void this.send(event) } },
      this.text,
      send,
    );
    this.text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
      if (event.key === 'Escape') this.text.blur();
    });
    this.element = h(
      'section',
      { class: 'talk', 'aria-label': 'Comments' },
      h('h3', {}, 'Comments ', key('K')),
      this.list,
      context.may('review') && !isSettled(task) && form,
      this.fault,
    );
    this.show(task);
    this.live = new Live('comments', () => this.ask());
    this.live.watch([parseTaskId(task.task).dataset]);
  }

  close(): void {
    this.live.close();
  }

  /** Shows the comments of a task that was asked for anew. */
  show({ comments = [] }: Pick<TaskView, 'comments'>): void {
    // A late answer to an earlier question knows fewer; none is ever taken back.
    if (comments.length <= this.shown) return;
    const last = comments.at(-1);
    if (this.shown >= 0 && last && last.by !== this.context.reviewer()) this.announce(last);
    this.shown = comments.length;
    this.list.replaceChildren(...comments.map((each) => this.row(each)));
    this.list.hidden = comments.length === 0;
  }

  focus(): void {
    this.text.focus();
    this.text.scrollIntoView({ block: 'nearest' });
  }

  /** Somebody commented on a task of the dataset, perhaps on this one. Without an answer the next one tells. */
  private ask(): void {
    this.context.api.show(this.task.task).then(
      (task) => this.show(task),
      () => undefined,
    );
  }

  private announce({ by, voxel }: Comment): void {
    this.news.textContent = `${by} has commented: show`;
    this.news.hidden = false;
    this.news.onclick = () => {
      this.news.hidden = true;
      this.list.lastElementChild?.scrollIntoView({ block: 'nearest' });
      this.events.goTo(voxel);
    };
  }

  private row({ at, by, voxel, text }: Comment): HTMLElement {
    const date = new Date(at);
    const time = h(
      'time',
      { datetime: at, title: date.toLocaleString() },
      `${date.toLocaleDateString()} ${clockTime(date.getTime())}`,
    );
    const place = h(
      'button',
      { class: 'quiet place', title: 'Go to this place', on: { click: () => this.events.goTo(voxel) } },
      `at ${voxel.join(', ')}`,
    );
    return h('li', {}, h('p', {}, text), h('div', { class: 'from' }, h('strong', {}, by), time, place));
  }

  private async send(event: Event): Promise<void> {
    event.preventDefault();
    this.fault.textContent = '';
    const text = CommentText.safeParse(this.text.value);
    if (!text.success) {
      this.fault.textContent =
        this.text.value.trim() === '' ? 'Write something first.' : 'It has characters that cannot be shown.';
      return;
    }
    try {
      const by = this.context.reviewer();
      const voxel = [...this.events.place()] as [number, number, number];
      this.show(await this.context.api.move(this.task.task, { move: 'comment', by, voxel, text: text.data }));
      this.text.value = '';
    } catch (error) {
      this.fault.textContent = asSentence(messageOf(error));
    }
  }
}
