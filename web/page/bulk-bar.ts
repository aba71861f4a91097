import type { TaskId } from '../../core/ids.ts';
import type { TaskRow } from '../../core/review.ts';
import type { AskedMove } from './api.ts';
import { assignForm } from './assign-form.ts';
import { closeDialog, confirmed, modal } from './dialogs.ts';
import { h } from './dom.ts';
import { messageOf } from './panels.ts';
import type { Context } from './view.ts';
import { asSentence } from './words.ts';

export interface BulkEvents {
  /** Names to offer for an assignment. */
  people(): string[];
  /** Other tasks are chosen now. */
  chosen(): void;
  /** Tasks may stand otherwise now. */
  moved(): void;
}

/** More than these are sent in several requests. */
const MOST_AT_ONCE = 500;

/** What a lead does with several tasks at once: which are chosen, the buttons, and what came of it, task by task. */
export class BulkBar {
  readonly element = h('section', { class: 'bulk', 'aria-label': 'Chosen tasks', hidden: true });
  readonly told = h('div', { class: 'message', role: 'status', 'aria-live': 'polite' });
  private readonly tasks = new Map<TaskId, TaskRow>();
  private readonly count = h('strong', { role: 'status' });
  private readonly buttons: HTMLButtonElement[];

  constructor(
    private readonly context: Context,
    private readonly events: BulkEvents,
  ) {
    const by = () => context.reviewer();
    const button = (name: string, title: string, run: () => unknown) =>
      h('button', { title, on: { click: () => void run() } }, name);
    this.buttons = [
      button('Assign …', 'To one person, who alone may claim them', () => this.assign()),
      button('Give back', 'From whoever has them, to anybody', () => this.giveBack()),
      button('Pin', 'Before everything else', () => this.make({ move: 'pin', by: by() }, 'Pinned')),
      button('Unpin', 'Back to where their doubt puts them', () => this.make({ move: 'unpin', by: by() }, 'Unpinned')),
      button('Pause', 'Nobody may claim them', () => this.make({ move: 'pause', by: by() }, 'Paused')),
      button('Resume', 'They may be claimed again', () => this.make({ move: 'resume', by: by() }, 'Resumed')),
      button('Skip …', 'To the end of the list', () => this.skip()),
      button('Unskip', 'Back from the end of the list', () => this.make({ move: 'unskip', by: by() }, 'Unskipped')),
    ];
    const none = h(
      'button',
      { class: 'quiet', on: { click: () => this.choose([...this.tasks.values()], false) } },
      'Choose none',
    );
    this.element.append(this.count, ...this.buttons, h('span', { class: 'grow' }), none);
  }

  isChosen({ task }: TaskRow): boolean {
    return this.tasks.has(task);
  }

  choose(rows: readonly TaskRow[], chosen: boolean): void {
    for (const row of rows) {
      if (chosen) this.tasks.set(row.task, row);
      else this.tasks.delete(row.task);
    }
    this.show();
    this.events.chosen();
  }

  /** What is out of sight is not acted on: keeps those of the rows that are listed, as they stand now. */
  keepOnly(rows: readonly TaskRow[]): void {
    const listed = new Map(rows.map((row) => [row.task, row]));
    for (const task of this.tasks.keys()) {
      const row = listed.get(task);
      if (row) this.tasks.set(task, row);
      else this.tasks.delete(task);
    }
    this.show();
  }

  private show(): void {
    const { size } = this.tasks;
    this.element.hidden = size === 0;
    this.count.textContent = `${size} chosen`;
  }

  private async assign(): Promise<void> {
    const isFree = [...this.tasks.values()].every(
      ({ reviewer, assignee }) => reviewer === null && assignee === undefined,
    );
    const asked = await modal<{ to: string | null; reason: string }>((settle) => {
      const close = h('button', { on: { click: () => closeDialog(close) } }, 'Close');
      return [
        h('h2', {}, `Assign ${tasksInWords(this.tasks.size)}`),
        assignForm(this.context.api, {
          people: this.events.people(),
          isFree,
          give: (to, reason) => settle({ to, reason }),
        }),
        h('div', { class: 'actions' }, close),
      ];
    });
    if (!asked) return;
    const { to, reason } = asked;
    if (to === null) return this.giveBack();
    if (!(await this.mayTake(to))) return;
    const move = { move: 'reassign', by: this.context.reviewer(), to, ...(reason !== '' && { reason }) } as const;
    await this.make(move, `Assigned to ${to}`);
  }

  private async giveBack(): Promise<void> {
    if (!(await this.mayTake(null))) return;
    await this.make({ move: 'reassign', by: this.context.reviewer(), to: null }, 'Given back to anybody');
  }

  private async skip(): Promise<void> {
    const text = 'They go to the end of the list, after everything else, until somebody takes that back.';
    if (!(await confirmed(`Skip ${tasksInWords(this.tasks.size)}?`, text, 'Skip them'))) return;
    await this.make({ move: 'skip', by: this.context.reviewer() }, 'Skipped');
  }

  /** Asks once more where somebody loses what they have in work. */
  private async mayTake(to: string | null): Promise<boolean> {
    const held = [...this.tasks.values()].filter(({ reviewer }) => reviewer !== null && reviewer !== to);
    if (held.length === 0) return true;
    const who = [...new Set(held.flatMap(({ reviewer }) => reviewer ?? []))].sort().join(', ');
    const text = `${held.length} of them ${held.length === 1 ? 'is' : 'are'} in work, by ${who}. What was drawn stays in its author's browser.`;
    return confirmed(
      `Take ${tasksInWords(held.length)} from ${who}?`,
      text,
      held.length === 1 ? 'Take it' : 'Take them',
    );
  }

  /** Makes a move on all that are chosen. Those that are refused stay chosen, and it is said why. */
  private async make(move: AskedMove, words: string): Promise<void> {
    const chosen = [...this.tasks.values()];
    this.lock(true);
    this.tell('busy', `${tasksInWords(chosen.length)} …`);
    try {
      const refused: { series: string; detail: string }[] = [];
      for (let from = 0; from < chosen.length; from += MOST_AT_ONCE) {
        const part = chosen.slice(from, from + MOST_AT_ONCE);
        const results = await this.context.api.moveAll(
          part.map(({ task }) => task),
          move,
        );
        for (const { task, made, detail } of results) {
          if (made) this.tasks.delete(task);
          else refused.push({ series: nameOf(task), detail: detail.replace(`task ${task}: `, '') });
        }
      }
      const done = chosen.length - refused.length;
      const title = refused.length === 0 ? `${words}: ${tasksInWords(done)}` : `${words}: ${done} of ${chosen.length}`;
      const rows = refused.map(({ series, detail }) => h('li', {}, h('strong', {}, series), ` ${asSentence(detail)}`));
      this.tell(refused.length === 0 ? 'good' : 'bad', title, ...(rows.length > 0 ? [h('ul', {}, ...rows)] : []));
    } catch (error) {
      this.tell('bad', 'Not done', h('p', {}, asSentence(messageOf(error))));
    } finally {
      this.lock(false);
      this.show();
      this.events.moved();
    }
  }

  private lock(locked: boolean): void {
    for (const button of this.buttons) button.disabled = locked;
  }

  private tell(kind: 'busy' | 'good' | 'bad', title: string, ...more: HTMLElement[]): void {
    this.told.className = `message ${kind}`;
    this.told.replaceChildren(h('strong', {}, title), ...more);
  }
}

/** Series and read, without dataset and round. */
function nameOf(task: TaskId): string {
  return task.slice(task.lastIndexOf('/') + 1);
}

function tasksInWords(count: number): string {
  return `${count} ${count === 1 ? 'task' : 'tasks'}`;
}
