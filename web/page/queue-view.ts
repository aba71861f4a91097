import { isSettled } from '../../core/review-record.ts';
import type { TaskRow, TaskState } from '../../core/review.ts';
import { orderReason } from '../../core/task-order.ts';
import { ApiError } from './api.ts';
import { BulkBar } from './bulk-bar.ts';
import { h, key } from './dom.ts';
import { Live } from './live.ts';
import { nextTask } from './next-task.ts';
import { failure, loading, messageOf, notice } from './panels.ts';
import { MOST_ROWS, queueTable, type LeadEvents } from './queue-table.ts';
import { steer, steeredWords } from './steer-dialog.ts';
import { Thumbnails } from './thumbnails.ts';
import { repeat, type Context, type View } from './view.ts';
import { clockTime, KIND_WORDS, STATE_WORDS } from './words.ts';

const REFRESH_MS = 5000;
const CHOICES: Record<string, readonly TaskState[]> = {
  Open: ['queued', 'sent-back', 'second-read', 'claimed', 'checking'],
  Waiting: ['queued', 'sent-back', 'second-read'],
  'In work': ['claimed', 'checking'],
  Done: ['accepted', 'excluded'],
};

/** The work list in the order in which it is to be taken: filtered, kept fresh, walked with the arrow keys. */
export function queueView(context: Context): View {
  return new Queue(context);
}

class Queue implements View {
  readonly element: HTMLElement;
  private rows: TaskRow[] = [];
  private readonly text = h('input', {
    type: 'search',
    placeholder: 'Filter: dataset, series, round, person',
    'aria-label': 'Filter tasks',
  });
  private readonly choice = h(
    'select',
    { 'aria-label': 'State' },
    ...Object.keys(CHOICES).map((name) => h('option', {}, name)),
  );
  private readonly next = h('a', { class: 'button primary', hidden: true }, 'Review next', key('N'));
  private readonly count = h('span', { class: 'muted', role: 'status' });
  private readonly body = h('div', { class: 'queue-body' }, loading('Loading tasks …'));
  private readonly told = h('p', { class: 'message good', role: 'status' });
  private readonly bulk: BulkBar;
  private readonly thumbnails = new Thumbnails();
  private readonly lead: LeadEvents | null;
  private readonly live: Live;
  private readonly stops: (() => void)[];
  private readonly stale = h('p', { class: 'message bad', role: 'status', hidden: true });
  private loadedAt: number | null = null;
  /** Counts the questions, so that a late answer is known as such. */
  private asked = 0;

  constructor(private readonly context: Context) {
    const { text, choice, next, count, body, told } = this;
    const bulk = new BulkBar(context, {
      people: () => peopleOf(this.rows),
      chosen: () => this.draw(),
      moved: () => this.load(),
    });
    this.bulk = bulk;
    this.lead = context.may('lead')
      ? {
          steer: (row) => this.steer(row),
          isChosen: (row) => bulk.isChosen(row),
          choose: (rows, chosen) => bulk.choose(rows, chosen),
        }
      : null;
    const head = pageHead(count, text, choice, next);
    this.element = h('div', { class: 'page queue' }, head, this.stale, told, bulk.told, bulk.element, body);
    text.addEventListener('input', () => this.draw());
    choice.addEventListener('change', () => {
      this.loadedAt = null; // what is in sight is another list
      this.load();
    });
    this.live = new Live('tasks', () => this.load());
    void context.api.datasets().then(
      ({ datasets }) => this.live.watch(datasets),
      () => {},
    );
    const onKey = (event: KeyboardEvent) => walk(event, body, text, next);
    document.addEventListener('keydown', onKey);
    this.stops = [
      repeat(() => this.live.open || this.load(), REFRESH_MS),
      () => this.live.close(),
      () => document.removeEventListener('keydown', onKey),
    ];
  }

  close(): void {
    this.asked++;
    for (const stop of this.stops) stop();
  }

  private load(): void {
    const turn = ++this.asked;
    this.context.api.tasks(CHOICES[this.choice.value] ?? []).then(
      (tasks) => {
        if (turn !== this.asked) return;
        this.rows = tasks;
        this.loadedAt = Date.now();
        this.stale.hidden = true;
        this.draw();
      },
      (error: unknown) => turn === this.asked && this.failed(error),
    );
  }

  /** What was listed stays in sight while the server is away; it is asked again by itself. */
  private failed(error: unknown): void {
    const isAway = !(error instanceof ApiError && error.status === 401);
    this.stale.hidden = true;
    if (this.loadedAt === null || !isAway) return this.body.replaceChildren(failure(error, () => this.load()));
    this.stale.textContent = `${messageOf(error)} This is the list of ${clockTime(this.loadedAt)}; it is asked for again every few seconds.`;
    this.stale.hidden = false;
  }

  private draw(): void {
    const { rows, text, next, body, choice, bulk, context } = this;
    const wanted = text.value.trim().toLowerCase().split(/\s+/);
    const shown = rows.filter((row) => wanted.every((word) => searchText(row).includes(word)));
    const best = nextTask(shown, context);
    next.hidden = best === undefined || !context.may('review');
    if (best) next.setAttribute('href', `#/tasks/${best.task}`);
    next.title = best ? `${best.series}: ${best.reviewer ? 'you are at it' : orderReason(best)}` : '';
    this.count.textContent = rows.length === 0 ? '' : `${shown.length} of ${rows.length} tasks`;
    bulk.keepOnly(shown.slice(0, MOST_ROWS).filter((row) => !isSettled(row)));
    keepingFocus(body, () =>
      body.replaceChildren(
        rows.length === 0
          ? emptyNotice(choice.value)
          : shown.length === 0
            ? nothingMatches()
            : queueTable(shown, context.reviewer(), this.lead, this.thumbnails),
      ),
    );
  }

  private async steer(row: TaskRow): Promise<void> {
    const steered = await steer(this.context, row, peopleOf(this.rows));
    if (!steered) return;
    this.told.textContent = steeredWords(steered);
    this.load();
  }
}

function peopleOf(rows: readonly TaskRow[]): string[] {
  return [...new Set(rows.flatMap(({ reviewer, assignee }) => [reviewer, assignee ?? null]))]
    .filter((name) => name !== null)
    .sort();
}

/** Draws anew; what had the focus in a row has it again. */
function keepingFocus(body: HTMLElement, draw: () => void): void {
  const { tagName, dataset } = (document.activeElement ?? body) as HTMLElement;
  const task = dataset['task'];
  draw();
  if (task === undefined) return;
  const same = body.querySelector<HTMLElement>(`${tagName}[data-task="${CSS.escape(task)}"]`);
  same?.focus({ preventScroll: true });
}

function pageHead(count: HTMLElement, ...tools: HTMLElement[]): HTMLElement {
  return h('div', { class: 'page-head' }, h('h1', {}, 'Review queue'), count, h('span', { class: 'grow' }), ...tools);
}

function searchText(row: TaskRow): string {
  return `${row.task} ${row.reviewer ?? ''} ${row.assignee ?? ''} ${orderReason(row)} ${STATE_WORDS[row.state]} ${KIND_WORDS[row.kind]}`.toLowerCase();
}

function emptyNotice(choice: string): HTMLElement {
  return choice === 'Done'
    ? notice('Nothing finished yet', 'Accepted and excluded series appear here.')
    : notice('Nothing to review', 'New tasks appear here by themselves as soon as a round proposes masks.');
}

function nothingMatches(): HTMLElement {
  return notice('No task matches', 'Change or clear the filter.');
}

/** Arrow keys or j and k move through the rows, Enter opens (a link's own), x chooses, l steers, n opens the next, / goes to the filter. */
function walk(event: KeyboardEvent, body: HTMLElement, filter: HTMLInputElement, next: HTMLElement): void {
  const isBox = event.target instanceof HTMLInputElement && event.target.type === 'checkbox';
  const typing = !isBox && (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement);
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.key === '/' && !typing) {
    event.preventDefault();
    return filter.focus();
  }
  const at = document.activeElement as HTMLElement;
  const control = { x: '.choose input', l: '.steer button' }[event.key];
  if (control !== undefined && !typing) {
    event.preventDefault(); // the letter would go into the dialog that opens
    return at.closest('tr')?.querySelector<HTMLElement>(control)?.click();
  }
  if (event.key === 'n' && !typing && !next.hidden) return next.click();
  const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (by === undefined || (typing && !(event.target === filter && event.key === 'ArrowDown'))) return;
  const links = [...body.querySelectorAll<HTMLElement>('a[data-task]')];
  const now = links.indexOf(at);
  event.preventDefault();
  links[now < 0 ? 0 : Math.min(links.length - 1, Math.max(0, now + by))]?.focus();
}
