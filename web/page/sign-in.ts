import { Api, ApiError } from './api.ts';
import { h } from './dom.ts';
import { messageOf } from './panels.ts';
import { keepToken } from './session.ts';

/** Asks for the access token and tries it before it is kept; then the page starts anew. */
export function signInForm(): HTMLElement {
  const token = h('input', { type: 'password', required: true, autocomplete: 'off', 'aria-label': 'Access token' });
  const fault = h('p', { class: 'warning', role: 'alert' });
  const signIn = async (event: Event) => {
    event.preventDefault();
    fault.textContent = '';
    try {
      await new Api(token.value.trim()).datasets();
    } catch (error) {
      const wrong = error instanceof ApiError && error.status === 401;
      fault.textContent = wrong ? 'The server does not know this token.' : messageOf(error);
      return token.select();
    }
    keepToken(token.value.trim());
    location.reload();
  };
  return h(
    'section',
    { class: 'notice' },
    h('h2', {}, 'Sign in'),
    h('p', {}, 'Open the address that "spindle status" shows, or give the access token that it carries.'),
    h(
      'form',
      { class: 'sign-in', on: { submit: (event) => void signIn(event) } },
      token,
      h('button', { class: 'primary' }, 'Sign in'),
    ),
    fault,
  );
}
