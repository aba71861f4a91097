import { ReviewerName } from '../../core/ids.ts';
import { h } from './dom.ts';

/** Shows a modal dialog; resolves with what `settle` was called with, null when it was dismissed. */
function modal<T>(
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

/** Asks for the reason of an exclusion, 3 to 500 characters; null when dismissed. */
export function exclusionReason(): Promise<string | null> {
  return modal<string>((settle) => {
    const text = h('textarea', {
      rows: 3,
      minlength: 3,
      maxlength: 500,
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
