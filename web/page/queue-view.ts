import { parseTaskId } from '../../core/ids.ts';
import { isSettled } from '../../core/review-record.ts';
import type { TaskRow, TaskState } from '../../core/review.ts';
import { orderReason } from '../../core/task-order.ts';
import { bar, h, key } from './dom.ts';
import { Live } from './live.ts';
import { nextTask } from './next-task.ts';
import { failure, loading, notice } from './panels.ts';
import { steer, steeredWords } from './steer-dialog.ts';
import { repeat, type Context, type View } from './view.ts';
import { aboutMinutes, KIND_WORDS, percent, STATE_WORDS } from './words.ts';

const REFRESH_MS = 5000;
/** More rows than anybody reads; the rest is counted. */
const MOST_ROWS = 200;

const CHOICES: Record<string, readonly TaskState[]> = {
  Open: ['queued', 'sent-back', 'second-read', 'claimed', 'checking'],
  Waiting: ['queued', 'sent-back', 'second-read'],
  'In work': ['claimed', 'checking'],
  Done: ['accepted', 'excluded'],
};

/** The work list in the order in which it is to be taken: filtered, kept fresh, walked with the arrow keys. */
export function queueView(context: Context): View {
  const { api, reviewer, may } = context;
  let rows: TaskRow[] = [];
  const text = h('input', {
    type: 'search',
    placeholder: 'Filter: dataset, series, round, person',
    'aria-label': 'Filter tasks',
  });
  const choice = h('select', { 'aria-label': 'State' }, ...Object.keys(CHOICES).map((name) => h('option', {}, name)));
  const next = h('a', { class: 'button primary', hidden: true }, 'Review next', key('N'));
  const count = h('span', { class: 'muted', role: 'status' });
  const body = h('div', { class: 'queue-body' }, loading('Loading tasks …'));
  const told = h('p', { class: 'message good', role: 'status' });
  const element = h('div', { class: 'page queue' }, pageHead(count, text, choice, next), told, body);
  const steerRow = async (row: TaskRow) => {
    const steered = await steer(context, row, peopleOf(rows));
    if (!steered) return;
    told.textContent = steeredWords(steered);
    load();
  };

  const draw = () => {
    const wanted = text.value.trim().toLowerCase().split(/\s+/);
    const shown = rows.filter((row) => wanted.every((word) => searchText(row).includes(word)));
    const best = nextTask(shown, context);
    next.hidden = best === undefined || !may('review');
    if (best) next.setAttribute('href', `#/tasks/${best.task}`);
    next.title = best ? `${best.series}: ${best.reviewer ? 'you are at it' : orderReason(best)}` : '';
    count.textContent = rows.length === 0 ? '' : `${shown.length} of ${rows.length} tasks`;
    keepingFocus(body, () =>
      body.replaceChildren(
        rows.length === 0
          ? emptyNotice(choice.value)
          : shown.length === 0
            ? nothingMatches()
            : table(shown, reviewer(), may('lead') ? steerRow : null),
      ),
    );
  };
  let asked = 0;
  const load = () => {
    const turn = ++asked;
    api.tasks(CHOICES[choice.value] ?? []).then(
      (tasks) => {
        if (turn !== asked) return; // a later question has been asked since
        rows = tasks;
        draw();
      },
      (error: unknown) => turn === asked && body.replaceChildren(failure(error, load)),
    );
  };
  text.addEventListener('input', draw);
  choice.addEventListener('change', load);
  const live = new Live('tasks', load);
  void api.datasets().then(
    ({ datasets }) => live.watch(datasets),
    () => {},
  );
  const stop = repeat(() => live.open || load(), REFRESH_MS);
  const onKey = (event: KeyboardEvent) => walk(event, body, text, next);
  document.addEventListener('keydown', onKey);
  return {
    element,
    close: () => {
      asked++;
      stop();
      live.close();
      document.removeEventListener('keydown', onKey);
    },
  };
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

/** Lets a lead steer the task of a row. */
type Steer = (row: TaskRow) => unknown;

function table(rows: readonly TaskRow[], me: string, steerRow: Steer | null): HTMLElement {
  const heads = ['Series', 'Dataset', 'Round', 'What to check', 'Doubt', 'Why here', 'Time', 'State', 'Who'];
  const more = rows.length - MOST_ROWS;
  return h(
    'div',
    { class: 'table-frame' },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)), steerRow && h('td', {}))),
      h('tbody', {}, ...rows.slice(0, MOST_ROWS).map((row) => tableRow(row, me, steerRow))),
    ),
    more > 0 && h('p', { class: 'muted' }, `and ${more} more, further down`),
  );
}

function tableRow(row: TaskRow, me: string, steerRow: Steer | null): HTMLElement {
  const { dataset } = parseTaskId(row.task);
  const mine = row.reviewer === me;
  const link = h(
    'a',
    { href: `#/tasks/${row.task}`, 'data-task': row.task, 'aria-label': `Review ${row.series}` },
    row.series,
  );
  return h(
    'tr',
    { class: mine ? 'mine' : '', on: { click: () => link.click() } },
    h('td', { class: 'strong' }, link),
    h('td', {}, dataset),
    h('td', { class: 'number' }, row.round),
    h('td', {}, h('span', { class: `kind ${row.kind}` }, KIND_WORDS[row.kind])),
    h(
      'td',
      { class: 'doubt' },
      bar(row.doubt, `doubt ${percent(row.doubt)}`, doubtClass(row.doubt)),
      percent(row.doubt),
    ),
    h('td', { class: `reason ${row.flags?.join(' ') ?? ''}` }, orderReason(row)),
    h(
      'td',
      { class: 'number muted', title: 'What tasks like this took so far' },
      aboutMinutes(row.expectedMinutes) ?? '–',
    ),
    h('td', {}, h('span', { class: `state ${row.state}` }, STATE_WORDS[row.state])),
    h('td', { class: row.reviewer ? '' : 'muted' }, whose(row, me)),
    steerRow && h('td', { class: 'steer' }, !isSettled(row) && steerButton(row, steerRow)),
  );
}

function whose({ reviewer, assignee }: TaskRow, me: string): string {
  const named = (name: string) => (name === me ? `${name} (you)` : name);
  if (reviewer !== null) return named(reviewer);
  return assignee === undefined ? 'nobody' : `for ${named(assignee)}`;
}

function steerButton(row: TaskRow, steerRow: Steer): HTMLElement {
  const click = (event: Event) => {
    event.stopPropagation(); // the row's own click opens the task
    steerRow(row);
  };
  const title = 'Assign, pin, pause or skip it (L)';
  const attributes = { class: 'quiet', 'data-task': row.task, 'aria-label': `Steer ${row.series}`, title };
  return h('button', { ...attributes, on: { click } }, 'Steer …');
}

/** High doubt is warm, low doubt calm. */
export function doubtClass(doubt: number): string {
  return doubt >= 0.5 ? 'high' : doubt >= 0.25 ? 'middle' : 'low';
}

/** Arrow keys or j and k move through the rows, Enter opens (a link's own), l steers, n opens the next, / goes to the filter. */
function walk(event: KeyboardEvent, body: HTMLElement, filter: HTMLInputElement, next: HTMLElement): void {
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.key === '/' && !typing) {
    event.preventDefault();
    return filter.focus();
  }
  const at = document.activeElement as HTMLElement;
  if (event.key === 'l' && !typing) return at.closest('tr')?.querySelector<HTMLElement>('.steer button')?.click();
  if (event.key === 'n' && !typing && !next.hidden) return next.click();
  const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (by === undefined || (typing && !(event.target === filter && event.key === 'ArrowDown'))) return;
  const links = [...body.querySelectorAll<HTMLElement>('a[data-task]')];
  const now = links.indexOf(at);
  event.preventDefault();
  links[now < 0 ? 0 : Math.min(links.length - 1, Math.max(0, now + by))]?.focus();
}
