import { parseTaskId } from '../../../core/ids.ts';
import { isSecondRead } from '../../../core/review-record.ts';
import type { TaskView } from '../../../core/review.ts';
import { h } from '../dom.ts';
import { aboutMinutes, KIND_WORDS, percent } from '../words.ts';

/** What stands on the right of the editor: what the task is, what a senior said of it, and what is given. */
export function taskSide(
  task: TaskView,
  parts: {
    /** What is to be decided between; null where it isn't an adjudication. */
    reads: HTMLElement | null;
    structures: HTMLElement;
    actions: HTMLElement;
    gates: HTMLElement;
    comments: { element: HTMLElement; news: HTMLElement };
    answers: HTMLElement;
  },
): HTMLElement {
  const { dataset, round, series } = parseTaskId(task.task);
  const said = task.comments?.length ?? 0;
  const talk = said === 0 ? null : said === 1 ? '1 comment' : `${said} comments`;
  const facts = [dataset, `round ${round}`, `doubt ${percent(task.doubt)}`, aboutMinutes(task.expectedMinutes), talk];
  const heads = [h('h3', {}, 'Structures'), h('small', {}, 'voxels'), h('small', {}, 'doubt')];
  return h(
    'aside',
    { class: 'side', 'aria-label': 'Task' },
    h(
      'header',
      {},
      h('h2', {}, series),
      h('p', { class: 'muted' }, facts.filter((fact) => fact !== null).join(' · ')),
      h('span', { class: `kind ${task.kind}` }, isSecondRead(task) ? 'Second read' : KIND_WORDS[task.kind]),
      sentBack(task),
      parts.comments.news,
    ),
    h(
      'div',
      { class: 'scroll' },
      parts.reads,
      h('div', { class: 'structure-heads' }, ...heads),
      parts.structures,
      parts.actions,
      parts.gates,
      parts.comments.element,
    ),
    parts.answers,
  );
}

/** Who handed in the mask that a senior reads; null where it isn't known. */
export function authorOf({ history }: Pick<TaskView, 'history'>): string | null {
  return history.findLast(({ event }) => event === 'second-read')?.reviewer ?? null;
}

function sentBack({ sentBackBecause, history }: TaskView): HTMLElement | null {
  if (sentBackBecause === undefined) return null;
  const by = history.findLast(({ event }) => event === 'sent-back')?.reviewer ?? 'a senior';
  return h(
    'div',
    { class: 'message note', role: 'note' },
    h('strong', {}, `Sent back by ${by}`),
    h('p', {}, sentBackBecause),
  );
}
