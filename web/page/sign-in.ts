import type { SessionView, SignedIn } from '../api-shapes.ts';
import { ApiError, type Api } from './api.ts';
import { h } from './dom.ts';
import { messageOf } from './panels.ts';

export interface SignInOptions {
  ways: SessionView['ways'];
  /** Whoever has to sign in again; anybody when left out. */
  name?: string | null;
  /** Why there was no sign-in before. */
  fault?: string | undefined;
  done: (session: SignedIn) => void;
}

/** Asks for name and password; whoever has the access token instead finds the field for it below. */
export function signInForm(api: Api, { ways, name, fault, done }: SignInOptions): HTMLElement {
  const message = h('p', { class: 'fault', role: 'alert' }, fault);
  const busy = (form: HTMLElement, is: boolean) => {
    for (const each of form.querySelectorAll<HTMLButtonElement>('button')) each.disabled = is;
  };
  const tried = async (event: SubmitEvent, signIn: () => Promise<SignedIn>, again: HTMLInputElement) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLElement;
    message.textContent = '';
    busy(form, true);
    try {
      done(await signIn());
    } catch (error) {
      message.textContent = wordsOf(error);
      again.select();
    } finally {
      busy(form, false);
    }
  };
  return h(
    'div',
    { class: 'sign-in-ways' },
    message,
    name !== null && passwordForm(api, name, tried),
    ways.includes('oidc') && name !== null && providerLink(name !== undefined),
    tokenForm(api, name === null, tried),
  );
}

type Tried = (event: SubmitEvent, signIn: () => Promise<SignedIn>, again: HTMLInputElement) => Promise<void>;

function passwordForm(api: Api, given: string | undefined, tried: Tried): HTMLElement {
  const name = h('input', {
    name: 'username',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    autofocus: given === undefined,
    value: given ?? '',
    readonly: given !== undefined,
  });
  const password = h('input', {
    type: 'password',
    name: 'password',
    autocomplete: 'current-password',
    required: true,
    autofocus: given !== undefined,
  });
  const signIn = () => api.signIn({ name: name.value.trim(), password: password.value });
  return h(
    'form',
    { class: 'sign-in', on: { submit: (event) => void tried(event, signIn, password) } },
    h('label', {}, 'Name', name),
    h('label', {}, 'Password', password),
    h('button', { class: 'primary' }, 'Sign in'),
  );
}

/** In a tab of its own where a drawing would be lost. */
function providerLink(elsewhere: boolean): HTMLElement {
  return h(
    'a',
    { class: 'button', href: 'api/session/oidc', target: elsewhere ? '_blank' : null, rel: 'noopener' },
    elsewhere ? 'Sign in with your organisation, in a new tab ↗' : 'Sign in with your organisation',
  );
}

function tokenForm(api: Api, open: boolean, tried: Tried): HTMLElement {
  const token = h('input', { type: 'password', required: true, autocomplete: 'off', 'aria-label': 'Access token' });
  const signIn = () => api.signIn({ accessToken: token.value.trim() });
  return h(
    'details',
    { class: 'token', open },
    h('summary', {}, 'Use the access token'),
    h('p', { class: 'muted' }, 'On your own machine: open the address that "spindle status" shows, or give its token.'),
    h(
      'form',
      { class: 'sign-in', on: { submit: (event) => void tried(event, signIn, token) } },
      token,
      h('button', {}, 'Use the token'),
    ),
  );
}

function wordsOf(error: unknown): string {
  return error instanceof ApiError && error.status === 400 ? 'That is no name or no password.' : messageOf(error);
}

/** The page for whoever is not signed in. */
export function signInScreen(api: Api, options: Omit<SignInOptions, 'done' | 'name'>): HTMLElement {
  return h(
    'section',
    { class: 'sign-in-screen' },
    h('h1', {}, 'Sign in'),
    h('p', { class: 'muted' }, 'Review and correct segmentation masks.'),
    signInForm(api, { ...options, done: () => location.reload() }),
    h('a', { href: '#/report' }, 'Report an error in a published mask'),
  );
}

/**
 * Asks the same person to sign in again, over whatever is under way, which stays as it is. Resolves when there is a session of theirs
 * again, whether made here or in another tab. Throws ApiError when the server does not answer.
 */
export async function signInAgain(api: Api, who: string | null): Promise<void> {
  const { session, ways } = await api.session();
  if (session?.name === who) return;
  await new Promise<void>((resolve) => {
    const stop = new AbortController();
    const other = h('p', { class: 'fault', role: 'alert' });
    const dialog = h('dialog', { class: 'dialog', 'aria-label': 'Sign in again' });
    const settle = (found: SignedIn | null) => {
      if (found?.name !== who) return other.replaceChildren(found === null ? '' : belongsTo(found.name, who));
      stop.abort();
      dialog.remove();
      resolve();
    };
    const look = () =>
      void api.session().then(
        (view) => settle(view.session),
        () => {},
      );
    window.addEventListener('focus', look, { signal: stop.signal });
    document.addEventListener('visibilitychange', () => document.hidden || look(), { signal: stop.signal });
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    const startOver = h('button', { class: 'quiet', on: { click: () => location.reload() } }, 'Start over');
    dialog.append(
      h('h2', {}, 'Your session has ended'),
      h('p', {}, 'Sign in again and go on: nothing that you did here is lost.'),
      other,
      signInForm(api, { ways, name: who, done: settle }),
      h('div', { class: 'actions' }, startOver),
    );
    document.body.append(dialog);
    dialog.showModal();
    settle(session);
  });
}

function belongsTo(name: string | null, who: string | null): string {
  const now = name ?? 'whoever has the access token';
  return `In this browser ${now} is signed in by now. What is open here belongs to ${who ?? 'whoever has the access token'}.`;
}
