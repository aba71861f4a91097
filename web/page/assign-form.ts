import { ReviewerName } from '../../core/ids.ts';
import type { PeopleList } from '../api-shapes.ts';
import type { Api } from './api.ts';
import { LONGEST_REASON } from './dialogs.ts';
import { h } from './dom.ts';

export interface AssignChoice {
  /** Names to offer until the server has said whom there is. */
  people: readonly string[];
  /** Nothing is left to take back. */
  isFree: boolean;
  give: (to: ReviewerName | null, reason: string) => void;
}

/** Asks for whom tasks are to be, with a reason, or gives them back to anybody. Offers the accounts that there are. */
export function assignForm(api: Api, { people, isFree, give }: AssignChoice): HTMLElement {
  const to = h('input', { list: 'people', maxlength: 41, autocomplete: 'off', spellcheck: 'false', autofocus: true });
  const reason = h('input', { maxlength: LONGEST_REASON, placeholder: 'stands in the history; may be left empty' });
  const offered = h('datalist', { id: 'people' }, ...people.map((name) => h('option', { value: name })));
  let known: PeopleList['people'] = [];
  // Without the list a name can be typed just as well; the server knows whether there is such a person.
  api.people().then(
    (accounts) => {
      known = accounts;
      if (known.length === 0) return;
      const words = ({ role, skills }: (typeof known)[number]) => [role, ...skills].join(', ');
      offered.replaceChildren(...known.map((each) => h('option', { value: each.name }, words(each))));
    },
    () => undefined,
  );
  const submit = (event: Event) => {
    event.preventDefault();
    const name = ReviewerName.safeParse(to.value.trim());
    const words = reason.value.trim();
    to.setCustomValidity(nameFault(to.value.trim(), name.success, known));
    reason.setCustomValidity(words.length === 1 || words.length === 2 ? 'At least three characters, or none.' : '');
    if (to.reportValidity() && reason.reportValidity() && name.success) give(name.data, words);
  };
  for (const field of [to, reason]) field.addEventListener('input', () => field.setCustomValidity(''));
  const anybody = h('button', { type: 'button', disabled: isFree, on: { click: () => give(null, '') } }, 'To anybody');
  return h(
    'form',
    { on: { submit } },
    h('label', { class: 'field' }, 'Assign to', to),
    offered,
    h('label', { class: 'field' }, 'Reason', reason),
    h('div', { class: 'row' }, h('button', { class: 'primary' }, 'Assign'), anybody),
  );
}

function nameFault(given: string, isName: boolean, known: PeopleList['people']): string {
  if (!isName) return 'The name of an account: lower-case letters, digits, dots and hyphens.';
  if (known.length === 0 || known.some(({ name }) => name === given)) return '';
  return `There is no account "${given}" that reviews.`;
}
