import { PublicText } from '../../../core/erratum.ts';
import { modal } from '../dialogs.ts';
import { h } from '../dom.ts';

/** Asks why a report is dismissed, in words that whoever sent it may read; null when the dialog was. */
export function dismissalReason(): Promise<string | null> {
  return modal<string>((settle) => {
    const text = h('textarea', { rows: 3, maxlength: 500, required: true, autofocus: true });
    const fault = h('p', { class: 'fault', role: 'alert' });
    const give = (event: Event) => {
      event.preventDefault();
      const parsed = PublicText.safeParse(text.value);
      if (parsed.success) return settle(parsed.data);
      const [issue] = parsed.error.issues;
      fault.textContent =
        issue?.code === 'custom' ? `It holds ${issue.message}.` : 'Give a reason of at least three characters.';
    };
    return [
      h('h2', {}, 'Dismiss this report'),
      h(
        'p',
        {},
        'Whoever has the number of the report is told the reason. Say nothing about patients in it, not even whether there is such a one.',
      ),
      h(
        'form',
        { novalidate: true, on: { submit: give } },
        h('label', { class: 'field' }, 'Reason', text),
        fault,
        h('div', { class: 'actions' }, h('button', { class: 'danger' }, 'Dismiss')),
      ),
    ];
  });
}
