import { parseTaskId } from '../../core/ids.ts';
import { isSettled } from '../../core/review-record.ts';
import type { TaskRow } from '../../core/review.ts';
import { orderReason } from '../../core/task-order.ts';
import { bar, h } from './dom.ts';
import type { Thumbnails } from './thumbnails.ts';
import { aboutMinutes, KIND_WORDS, percent, STATE_WORDS } from './words.ts';

/** More rows than anybody reads; the rest is counted. */
export const MOST_ROWS = 200;

/** What a lead does from the table: steers a task, and chooses several. */
export interface LeadEvents {
  steer(row: TaskRow): unknown;
  isChosen(row: TaskRow): boolean;
  choose(rows: readonly TaskRow[], chosen: boolean): void;
}

/** The work list as a table, in the order of the rows; `lead`: null for whoever is none. */
export function queueTable(
  rows: readonly TaskRow[],
  me: string,
  lead: LeadEvents | null,
  thumbnails: Thumbnails,
): HTMLElement {
  const heads = ['Series', 'Dataset', 'Round', 'What to check', 'Doubt', 'Why here', 'Time', 'State', 'Who'];
  const more = rows.length - MOST_ROWS;
  const shown = rows.slice(0, MOST_ROWS);
  return h(
    'div',
    { class: 'table-frame' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          lead && h('td', { class: 'choose' }, chooseAll(shown, lead)),
          ...heads.map((head) => h('th', { scope: 'col' }, head)),
          lead && h('td', {}),
        ),
      ),
      h('tbody', {}, ...shown.map((row) => tableRow(row, me, lead, thumbnails.of(row.task)))),
    ),
    more > 0 && h('p', { class: 'muted' }, `and ${more} more, further down`),
  );
}

function chooseAll(rows: readonly TaskRow[], lead: LeadEvents): HTMLElement {
  const open = rows.filter((row) => !isSettled(row));
  const chosen = open.filter((row) => lead.isChosen(row)).length;
  const box = h('input', {
    type: 'checkbox',
    checked: chosen > 0 && chosen === open.length,
    disabled: open.length === 0,
    'aria-label': 'Choose all that are listed',
    title: 'Choose all that are listed',
    on: { change: () => lead.choose(open, box.checked) },
  });
  box.indeterminate = chosen > 0 && chosen < open.length;
  return box;
}

function tableRow(row: TaskRow, me: string, lead: LeadEvents | null, thumbnail: HTMLElement): HTMLElement {
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
    lead && h('td', { class: 'choose' }, !isSettled(row) && chooseBox(row, lead)),
    h('td', { class: 'strong' }, h('span', { class: 'series' }, thumbnail, link)),
    h('td', {}, dataset),
    h('td', { class: 'number' }, row.round),
    h(
      'td',
      {},
      h('span', { class: `kind ${row.kind}` }, KIND_WORDS[row.kind]),
      row.skills && h('small', {}, `asks for ${row.skills.join(', ')}`),
    ),
    h(
      'td',
      { class: 'doubt' },
      bar(row.doubt, `doubt ${percent(row.doubt)}`, doubtClass(row.doubt)),
      percent(row.doubt),
    ),
    h('td', { class: `reason ${row.flags?.join(' ') ?? ''}` }, whyHere(row)),
    h(
      'td',
      { class: 'number muted', title: 'What tasks like this took so far' },
      aboutMinutes(row.expectedMinutes) ?? '–',
    ),
    h('td', {}, h('span', { class: `state ${row.state}` }, STATE_WORDS[row.state])),
    h('td', { class: row.reviewer ? '' : 'muted' }, whose(row, me)),
    lead && h('td', { class: 'steer' }, !isSettled(row) && steerButton(row, lead)),
  );
}

/** What columns beside it say already is not said again. */
function whyHere(row: TaskRow): string {
  return orderReason(row).endsWith(`, doubt ${row.doubt.toFixed(2)}`)
    ? `${row.flags?.includes('paused') ? 'paused; ' : ''}by its doubt`
    : orderReason(row);
}

function whose({ reviewer, assignee }: TaskRow, me: string): string {
  const named = (name: string) => (name === me ? `${name} (you)` : name);
  if (reviewer !== null) return named(reviewer);
  return assignee === undefined ? 'nobody' : `for ${named(assignee)}`;
}

function chooseBox(row: TaskRow, lead: LeadEvents): HTMLElement {
  const box = h('input', {
    type: 'checkbox',
    checked: lead.isChosen(row),
    'data-task': row.task,
    'aria-label': `Choose ${row.series}`,
    title: 'Choose (X)',
    on: { change: () => lead.choose([row], box.checked) },
  });
  // The row's own click opens the task; a click beside the box is meant for the box.
  return h('label', { on: { click: (event) => event.stopPropagation() } }, box);
}

function steerButton(row: TaskRow, lead: LeadEvents): HTMLElement {
  const click = (event: Event) => {
    event.stopPropagation();
    lead.steer(row);
  };
  const title = 'Assign, pin, pause or skip it (L)';
  const attributes = { class: 'quiet', 'data-task': row.task, 'aria-label': `Steer ${row.series}`, title };
  return h('button', { ...attributes, on: { click } }, 'Steer …');
}

/** High doubt is warm, low doubt calm. */
export function doubtClass(doubt: number): string {
  return doubt >= 0.5 ? 'high' : doubt >= 0.25 ? 'middle' : 'low';
}
