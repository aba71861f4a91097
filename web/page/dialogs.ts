import { ReviewerName } from '../../core/ids.ts';
import { h } from './dom.ts';

/** Shows a modal dialog; resolves with what `settle` was called with, null when it was dismissed. */
export function modal<T>(
  build: (settle: (value: T) => void) => HTMLElement[],
  { dismissable = true, wide = false } = {},
): Promise<T | null> {
  return new Promise((resolve) => {
    let answer: T | null = null;
    const dialog = h('dialog', { class: wide ? 'dialog wide' : 'dialog' });
    const settle = (value: T) => {
      answer = value;
      dialog.close();
    };
    dialog.append(...build(settle));
    if (!dismissable) dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks whether to go on; false when dismissed. */
export async function confirmed(title: string, text: string, action: string): Promise<boolean> {
  const answer = await modal<boolean>((settle) => [
    h('h2', {}, title),
    h('p', {}, text),
    h(
      'div',
      { class: 'actions' },
      h('button', { on: { click: () => settle(false) } }, 'Cancel'),
      h('button', { class: 'primary', autofocus: true, on: { click: () => settle(true) } }, action),
    ),
  ]);
  return answer ?? false;
}

const COMMON_REASONS = ['motion artefact', 'metal implant', 'wrong body part', 'incomplete volume'];
export const LONGEST_REASON = 500;

/** Asks for the reason of an exclusion, 3 to 500 characters; null when dismissed. */
export function exclusionReason(): Promise<string | null> {
  return modal<string>((settle) => {
    const text = h('textarea', {
      rows: 3,
      minlength: 3,
      maxlength: LONGEST_REASON,
      required: true,
      'aria-label': 'Reason',
      autofocus: true,
    });
    const give = (event: Event) => {
      event.preventDefault();
      const reason = text.value.trim();
      text.setCustomValidity(reason.length < 3 ? 'Give a reason of at least three characters.' : '');
      if (text.reportValidity()) settle(reason);
    };
    text.addEventListener('input', () => text.setCustomValidity(''));
    const suggestions = COMMON_REASONS.map((reason) =>
      h(
        'button',
        { type: 'button', class: 'chip', on: { click: () => ((text.value = reason), text.focus()) } },
        reason,
      ),
    );
    return [
      h('h2', {}, 'Exclude this series'),
      h(
        'p',
        {},
        'It will not be proposed again and enters no dataset version. Say why, without anything about the patient.',
      ),
      h(
        'form',
        { on: { submit: give } },
        h('div', { class: 'chips' }, ...suggestions),
        text,
        h('div', { class: 'actions' }, h('button', { class: 'danger' }, 'Exclude')),
      ),
    ];
  });
}

/** What is wrong with a mask that a senior sends back, in a word. */
const FAULTS = ['Numbering', 'Border', 'Something is missing', 'Something is too much', 'Other'];

/** Asks why a mask goes back to its author: what kind of fault, and the reviewer's words; `Numbering: L5 is S1`. Null when dismissed. */
export function sendBackReason(author: string | null): Promise<string | null> {
  return modal<string>((settle) => {
    const fault = h('select', {}, ...FAULTS.map((each) => h('option', {}, each)));
    const longest = LONGEST_REASON - Math.max(...FAULTS.map((each) => each.length)) - 2;
    const text = h('textarea', {
      rows: 4,
      maxlength: longest,
      required: true,
      autofocus: true,
    });
    const give = (event: Event) => {
      event.preventDefault();
      const words = text.value.trim();
      text.setCustomValidity(words.length < 3 ? 'Say what to look at, in at least three characters.' : '');
      if (text.reportValidity()) settle(`${fault.value}: ${words}`);
    };
    text.addEventListener('input', () => text.setCustomValidity(''));
    return [
      h('h2', {}, 'Send this mask back'),
      h(
        'p',
        {},
        `${author ?? 'Its author'} goes on from the same mask and reads this first. What you drew here is not handed on.`,
      ),
      h(
        'form',
        { on: { submit: give } },
        h('label', { class: 'field' }, 'What is wrong', fault),
        h('label', { class: 'field' }, 'What to look at', text),
        h(
          'div',
          { class: 'actions' },
          h('button', { type: 'button', on: { click: () => closeDialog(text) } }, 'Cancel'),
          h('button', { class: 'primary' }, 'Send back'),
        ),
      ),
    ];
  });
}

/** Closes the dialog that holds an element, as Escape does. */
export function closeDialog(within: HTMLElement): void {
  within.closest('dialog')?.close();
}

/** Asks who is reviewing. The first time there is no way around it. */
export function askReviewerName(current: string | null): Promise<ReviewerName | null> {
  return modal<ReviewerName>(
    (settle) => {
      const input = h('input', {
        value: current ?? '',
        maxlength: 41,
        required: true,
        autofocus: true,
        autocomplete: 'off',
        'aria-label': 'Reviewer name',
        spellcheck: 'false',
      });
      const give = (event: Event) => {
        event.preventDefault();
        const name = ReviewerName.safeParse(input.value.trim());
        input.setCustomValidity(
          name.success ? '' : 'Lower-case letters, digits, dots and hyphens, starting with a letter.',
        );
        if (input.reportValidity() && name.success) settle(name.data);
      };
      input.addEventListener('input', () => input.setCustomValidity(''));
      return [
        h('h2', {}, 'Who is reviewing?'),
        h(
          'p',
          {},
          'Tasks are claimed and verdicts recorded under this name, for example "j.smith". It is kept in this browser.',
        ),
        h(
          'form',
          { on: { submit: give } },
          input,
          h('div', { class: 'actions' }, h('button', { class: 'primary' }, 'Continue')),
        ),
      ];
    },
    { dismissable: current !== null },
  );
}

/** Lists what keys and mouse do. */
export async function showKeys(rows: readonly (readonly [keys: string, action: string])[]): Promise<void> {
  await modal<true>(
    (settle) => [
      h('h2', {}, 'Keys and mouse'),
      h(
        'dl',
        { class: 'keys' },
        ...rows.flatMap(([keys, action]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, action)]),
      ),
      h(
        'div',
        { class: 'actions' },
        h('button', { class: 'primary', autofocus: true, on: { click: () => settle(true) } }, 'Close'),
      ),
    ],
    { wide: true },
  );
}
