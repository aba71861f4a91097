import type { SignedIn } from '../api-shapes.ts';
import { h } from './dom.ts';

export interface HeaderOptions {
  session: SignedIn;
  /** The name that claims and verdicts are made under; null until one was given. */
  name: string | null;
  /** Changes it, for whoever came with the access token. */
  rename: () => void;
  signOut: () => void;
}

/** The strip at the top: where one is, who one is, and the way out. Null: nobody is signed in. */
export function header(options: HeaderOptions | null): HTMLElement {
  return h(
    'header',
    { class: 'top' },
    h('strong', { class: 'brand' }, 'Spindle'),
    options && sections(options.session),
    h('span', { class: 'grow' }),
    ...(options ? person(options) : []),
  );
}

function sections({ rights }: SignedIn): HTMLElement {
  return h(
    'nav',
    { 'aria-label': 'Sections' },
    h('a', { href: '#/tasks' }, 'Queue'),
    rights.includes('see-board') && h('a', { href: '#/board' }, 'Campaigns'),
    rights.includes('lead') && h('a', { href: '#/errata' }, 'Errata'),
  );
}

function person({ session, name, rename, signOut }: HeaderOptions): (HTMLElement | null)[] {
  const own =
    session.name === null
      ? name && h('button', { class: 'quiet', title: 'Change the reviewer name', on: { click: rename } }, name)
      : h('strong', { class: 'who' }, session.name);
  const role = session.name === null ? 'this machine' : session.role;
  return [
    h('span', { class: 'person' }, own, h('span', { class: 'role', title: 'Your role' }, role)),
    h('button', { class: 'quiet', on: { click: signOut } }, 'Sign out'),
  ];
}
