import type { TaskId } from '../../core/ids.ts';
import { ApiError } from './api.ts';
import { h } from './dom.ts';
import { openTask } from './editor/open-task.ts';
import { Workbench } from './editor/workbench.ts';
import { failure, loading, messageOf, notice } from './panels.ts';
import { steerTask } from './steer-dialog.ts';
import type { Context, View } from './view.ts';
import { asSentence } from './words.ts';

/** One task: claims and loads it, then hands over to the workbench; says what is in the way when it can't. */
export function editorView(context: Context, task: TaskId): View {
  const element = h('div', { class: 'editor-view' });
  let bench: Workbench | null = null;
  let closed = false;

  const start = async (mode: 'claim' | 'look') => {
    element.replaceChildren(loading('Loading the image and the proposal …'));
    try {
      const open = await openTask(context, task, mode);
      if (closed) return;
      const opened = await Workbench.on(element, context, open);
      if (closed) return opened.close();
      bench = opened;
      element.replaceChildren(bench.element);
    } catch (error) {
      if (!closed) element.replaceChildren(explained(error));
    }
  };
  const mode = () => (context.may('review') ? 'claim' : 'look');
  const explained = (error: unknown): HTMLElement => {
    const back = h('a', { href: '#/tasks', class: 'button' }, 'Back to the queue');
    const steering = context.may('lead') ? [h('button', { on: { click: () => void steerIt() } }, 'Steer …')] : [];
    if (error instanceof ApiError && error.status === 409) {
      const look = h('button', { class: 'primary', on: { click: () => void start('look') } }, 'Look without claiming');
      return notice('This task is not free', asSentence(error.message), look, ...steering, back);
    }
    if (error instanceof ApiError && error.status === 403) {
      return notice('Not to be seen yet', error.message, ...steering, back);
    }
    if (error instanceof ApiError && error.status === 404) return notice('No such task', error.message, back);
    return failure(error, () => void start(mode()));
  };

  /** A lead may free what somebody else has. */
  const steerIt = async () => {
    try {
      const steered = await steerTask(context, task);
      if (steered === 'ended') return void start('look');
      if (steered) void start(mode());
    } catch (error) {
      if (!closed) element.replaceChildren(notice('That did not work', messageOf(error)));
    }
  };

  void start(mode());
  return {
    element,
    close: () => {
      closed = true;
      bench?.close();
    },
  };
}
