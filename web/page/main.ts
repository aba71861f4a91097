import './zod-without-eval.ts';
import { DatasetName, TaskId } from '../../core/ids.ts';
import { Api } from './api.ts';
import { boardView } from './board-view.ts';
import { askReviewerName } from './dialogs.ts';
import { h } from './dom.ts';
import { editorView } from './editor-view.ts';
import { queueView } from './queue-view.ts';
import { keepReviewerName, reviewerName, takeToken } from './session.ts';
import { signInForm } from './sign-in.ts';
import type { Context, View } from './view.ts';

/** The page: `#/tasks` the queue, `#/tasks/<dataset>/<round>/<series>` one task, `#/board[/<dataset>]` the campaigns. */
async function start(): Promise<void> {
  const frame = h('main', { id: 'view' });
  const token = takeToken();
  if (token === null) {
    frame.append(signInForm());
    return document.body.replaceChildren(
      header(() => {}),
      frame,
    );
  }
  const context: Context = { api: new Api(token), reviewer: () => reviewerName() ?? '' };
  const rename = async () => {
    const name = await askReviewerName(reviewerName());
    if (name === null) return;
    keepReviewerName(name);
    location.reload();
  };
  document.body.replaceChildren(
    header(() => void rename()),
    frame,
  );
  if (reviewerName() === null) return rename();
  let view: View | null = null;
  const show = () => {
    view?.close();
    view = viewOf(context, location.hash);
    frame.replaceChildren(view.element);
    markPlace();
  };
  window.addEventListener('hashchange', () => {
    if (takeToken() !== token) location.reload();
    else show();
  });
  show();
}

function viewOf(context: Context, hash: string): View {
  const [section, ...rest] = hash.replace(/^#\/?/, '').split('/');
  const task = TaskId.safeParse(rest.join('/'));
  if (section === 'tasks' && task.success) return editorView(context, task.data);
  const dataset = DatasetName.safeParse(rest[0]);
  if (section === 'board') return boardView(context, dataset.data ?? null);
  return queueView(context);
}

function header(rename: () => void): HTMLElement {
  const name = reviewerName();
  return h(
    'header',
    { class: 'top' },
    h('strong', { class: 'brand' }, 'Spindle'),
    h(
      'nav',
      { 'aria-label': 'Sections' },
      h('a', { href: '#/tasks' }, 'Queue'),
      h('a', { href: '#/board' }, 'Campaigns'),
    ),
    h('span', { class: 'grow' }),
    name && h('button', { class: 'quiet', title: 'Change the reviewer name', on: { click: rename } }, name),
  );
}

function markPlace(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('header.top nav a')) {
    const here = (location.hash || '#/tasks').startsWith(link.hash);
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

void start();
