import './zod-without-eval.ts';
import { DatasetName, TaskId } from '../../core/ids.ts';
import type { SignedIn } from '../api-shapes.ts';
import { Api } from './api.ts';
import { boardView } from './board-view.ts';
import { askReviewerName } from './dialogs.ts';
import { h } from './dom.ts';
import { editorView } from './editor-view.ts';
import { errataView } from './errata/errata-view.ts';
import { reportView } from './errata/report-view.ts';
import { header } from './header.ts';
import { failure, loading, messageOf, notice } from './panels.ts';
import { queueView } from './queue-view.ts';
import { keepReviewerName, reviewerName, takeRefusal, takeToken } from './session.ts';
import { signInAgain, signInScreen } from './sign-in.ts';
import type { Context, View } from './view.ts';

/**
 * The page: `#/tasks` the queue, `#/tasks/<dataset>/<round>/<series>` one task, `#/board[/<dataset>]` the campaigns,
 * `#/errata[/<dataset>]` what is said to be wrong, `#/report[/<dataset>/<report>]` the form to say so, for anybody.
 */
async function start(): Promise<void> {
  const api = new Api();
  const frame = h('main', { id: 'view' }, loading('Loading …'));
  document.body.replaceChildren(header(null), frame);
  const token = takeToken();
  try {
    const fault = token === null ? takeRefusal() : await signedInBy(api, token);
    const { session, ways } = await api.session();
    if (session === null) return showToAnybody(api, frame, () => signInScreen(api, { ways, fault }));
    await open(api, session, frame);
  } catch (error) {
    frame.replaceChildren(failure(error, () => location.reload()));
  }
}

/** What nobody need sign in for: reporting an error; else the way in. */
function showToAnybody(api: Api, frame: HTMLElement, signIn: () => HTMLElement): void {
  const isReport = () => location.hash.startsWith('#/report');
  const show = () => frame.replaceChildren(isReport() ? reportView(api, location.hash, false).element : signIn());
  window.addEventListener('hashchange', () => (location.hash.startsWith('#token=') ? location.reload() : show()));
  show();
}

/** Trades the access token of the address for a session; why not, if not. */
async function signedInBy(api: Api, accessToken: string): Promise<string | undefined> {
  try {
    await api.signIn({ accessToken });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function open(api: Api, session: SignedIn, frame: HTMLElement): Promise<void> {
  const named = () => session.name ?? reviewerName();
  const rename = async () => {
    const name = await askReviewerName(reviewerName());
    if (name === null) return;
    keepReviewerName(name);
    location.reload();
  };
  const context: Context = {
    api,
    reviewer: () => named() ?? '',
    may: (right) => session.rights.includes(right),
    can: (skills) => skills.every((skill) => session.skills.includes(skill)),
  };
  api.workFor(session);
  api.signInAgain = () => signInAgain(api, session.name);
  const signOut = () => void api.signOut().finally(() => location.reload());
  document.body.replaceChildren(header({ session, name: named(), rename: () => void rename(), signOut }), frame);
  if (named() === null) return rename();
  let view: View | null = null;
  const show = () => {
    view?.close();
    view = viewOf(context, location.hash);
    frame.replaceChildren(view.element);
    markPlace();
  };
  window.addEventListener('hashchange', () => {
    if (location.hash.startsWith('#token=')) location.reload();
    else show();
  });
  show();
}

function viewOf(context: Context, hash: string): View {
  const [section, ...rest] = hash.replace(/^#\/?/, '').split('/');
  const task = TaskId.safeParse(rest.join('/'));
  if (section === 'tasks' && task.success) return editorView(context, task.data);
  const dataset = DatasetName.safeParse(rest[0]);
  if (section === 'board' && !context.may('see-board')) return notForYou();
  if (section === 'board') return boardView(context, dataset.data ?? null);
  if (section === 'errata' && context.may('lead')) return errataView(context, dataset.data ?? null);
  if (section === 'report') return reportView(context.api, hash, true);
  return queueView(context);
}

function notForYou(): View {
  const back = h('a', { href: '#/tasks', class: 'button primary' }, 'To the queue');
  const text = 'Scores and progress of the campaigns are for leads, engineers and admins.';
  return { element: notice('Not for your role', text, back), close: () => {} };
}

function markPlace(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('header.top nav a')) {
    const here = (location.hash || '#/tasks').startsWith(link.hash);
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

void start();
