import type { ReviewerName, TaskId } from '../../core/ids.ts';
import { isSettled } from '../../core/review-record.ts';
import type { TaskRow, TaskView } from '../../core/review.ts';
import { orderReason } from '../../core/task-order.ts';
import type { AskedMove } from './api.ts';
import { assignForm } from './assign-form.ts';
import { closeDialog, confirmed, modal } from './dialogs.ts';
import { h } from './dom.ts';
import { messageOf } from './panels.ts';
import type { Context } from './view.ts';
import { asSentence, sentence, STATE_WORDS } from './words.ts';

/** What came of it: the task as it stands now, and what was done in a few words. */
export interface Steered {
  task: TaskView;
  words: string;
}

type Flag = 'pinned' | 'paused' | 'skipped';

/** Lets a lead assign, pin, pause or skip a task; null when dismissed. `people`: names to offer, whoever is in sight. */
export function steer(context: Context, row: TaskRow, people: readonly string[]): Promise<Steered | null> {
  return modal<Steered>((settle) => {
    const fault = h('p', { class: 'fault', role: 'alert' });
    const move = async (asked: AskedMove, words: string) => {
      fault.textContent = '';
      try {
        settle({ task: await context.api.move(row.task, asked), words });
      } catch (error) {
        fault.textContent = asSentence(messageOf(error));
      }
    };
    const by = context.reviewer();
    return [
      h('h2', {}, `Steer ${row.series}`),
      h('p', { class: 'muted' }, standing(row)),
      assignForm(context.api, {
        people,
        isFree: row.assignee === undefined && row.reviewer === null,
        give: (to, reason) => void assigned(row, to, reason, by, move),
      }),
      h('div', { class: 'row moves' }, ...flagButtons(row, by, move)),
      fault,
      h('div', { class: 'actions' }, h('button', { on: { click: () => closeDialog(fault) } }, 'Close')),
    ];
  });
}

/** The same for a task outside a list, as it stands now; `ended` where nothing is left to steer. Throws ApiError. */
export async function steerTask(context: Context, task: TaskId): Promise<Steered | 'ended' | null> {
  const now = await context.api.show(task);
  const people = new Set(now.history.flatMap(({ reviewer }) => reviewer ?? []));
  return isSettled(now) ? 'ended' : steer(context, now, [...people]);
}

type Move = (asked: AskedMove, words: string) => Promise<void>;

function standing(row: TaskRow): string {
  const who = row.reviewer ?? row.assignee;
  const whose = row.reviewer ? `${who} has it` : row.assignee ? `only for ${who}` : 'for anybody';
  return `${STATE_WORDS[row.state]} · ${whose} · ${orderReason(row)}`;
}

async function assigned(row: TaskRow, to: ReviewerName | null, reason: string, by: string, move: Move): Promise<void> {
  const loses = row.reviewer !== null && row.reviewer !== to ? row.reviewer : null;
  const text = `${loses} has this task in work. It is taken from them; what they drew stays in their browser.`;
  if (loses !== null && !(await confirmed(`Take ${row.series} from ${loses}?`, text, 'Take it'))) return;
  const words = to === null ? 'Anybody may take it now.' : `It is for ${to} now.`;
  await move({ move: 'reassign', by, to, ...(reason !== '' && { reason }) }, words);
}

/** One button each: to set it, or to take it back. */
function flagButtons(row: TaskRow, by: string, move: Move): HTMLElement[] {
  const has = (flag: Flag) => row.flags?.includes(flag) ?? false;
  const button = (name: string, title: string, run: () => unknown) => h('button', { title, on: { click: run } }, name);
  const skip = async () => {
    const text = 'It goes to the end of the list, after everything else, until somebody takes that back.';
    if (await confirmed(`Skip ${row.series}?`, text, 'Skip it')) await move({ move: 'skip', by }, 'It comes last now.');
  };
  return [
    has('pinned')
      ? button('Unpin', 'Back to where its doubt puts it', () => move({ move: 'unpin', by }, 'No longer pinned.'))
      : button('Pin to the front', 'Before everything else', () => move({ move: 'pin', by }, 'It comes first now.')),
    has('paused')
      ? button('Resume', 'It may be claimed again', () => move({ move: 'resume', by }, 'It may be claimed again.'))
      : button('Pause', 'Nobody may claim it; who has it may finish', () =>
          move({ move: 'pause', by }, 'Nobody may claim it for now.'),
        ),
    has('skipped')
      ? button('Unskip', 'Back to where its doubt puts it', () => move({ move: 'unskip', by }, 'No longer skipped.'))
      : button('Skip …', 'To the end of the list', skip),
  ];
}

/** `Steered 12_t2: it comes first now.` for a line of its own. */
export function steeredWords({ task, words }: Steered): string {
  return `${sentence(task.series)}: ${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}
