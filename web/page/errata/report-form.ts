import { PublicReport, type ReportReceipt } from '../../../core/erratum-report.ts';
import { CANAL, labelName, MAX_VERTEBRAE } from '../../../core/labels.ts';
import type { Api } from '../api.ts';
import { h } from '../dom.ts';
import { messageOf } from '../panels.ts';

/** A dataset that may be reported of; `release` null: it has none, and is shown to whoever is signed in. */
export interface PublicDataset {
  dataset: string;
  release: string | null;
}

const LONGEST = 500;
type FieldName = 'series' | 'label' | 'text' | 'release' | 'reporter';

/** What a field must hold, in the words of a person. */
const EXPECTED: Record<FieldName, string> = {
  series: 'The number of the study and the sequence, as in the file: 2_t2, 107_t1 or 14_t2_SPACE.',
  label: 'One of the structures.',
  text: 'Say in 3 to 500 characters what is wrong.',
  release: "A release's number, a tag, or the beginning of a version: letters, digits, dots and hyphens.",
  reporter: 'At most 200 characters.',
};

/** The form; `done` is called when the server has stored what was said. */
export function reportForm(
  api: Api,
  open: readonly PublicDataset[],
  wanted: string | undefined,
  done: (dataset: string, receipt: ReportReceipt) => void,
): HTMLElement {
  const fields = fieldsOf(open, wanted);
  const { dataset, series, label, text, release, reporter } = fields;
  const message = h('p', { class: 'fault', role: 'alert' });
  const send = h('button', { class: 'primary' }, 'Send the report');
  const submit = async (event: Event) => {
    event.preventDefault();
    message.textContent = '';
    const report = read(fields);
    if (report === null) return;
    send.disabled = true;
    try {
      done(dataset.value, await api.report(dataset.value, report));
    } catch (error) {
      message.textContent = messageOf(error);
    } finally {
      send.disabled = false;
    }
  };
  dataset.addEventListener('change', () => (release.control.value = releaseOf(open, dataset.value)));
  return h(
    'form',
    { class: 'card report-form', novalidate: true, on: { submit: (event) => void submit(event) } },
    h('h1', {}, 'Report an error in a published mask'),
    h(
      'p',
      { class: 'muted' },
      'Somebody looks at what you say; if the mask is wrong it is corrected, and a new version names your report. What you write becomes ' +
        'public: nothing about the patient, no names, no addresses.',
    ),
    h('label', { class: 'field' }, 'Dataset', dataset),
    series.element,
    label.element,
    text.element,
    release.element,
    reporter.element,
    message,
    h('div', { class: 'actions' }, send),
  );
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
interface Field<C extends Control = Control> {
  control: C;
  fault: HTMLElement;
  element: HTMLElement;
}

function fieldsOf(open: readonly PublicDataset[], wanted: string | undefined) {
  const dataset = h(
    'select',
    { name: 'dataset' },
    ...open.map(({ dataset: name, release }) =>
      h('option', { value: name, selected: name === wanted }, release === null ? name : `${name}, release ${release}`),
    ),
  );
  const text = h('textarea', { name: 'text', rows: 4, maxlength: LONGEST, required: true });
  const input = (name: FieldName, more = {}) => h('input', { name, autocomplete: 'off', spellcheck: 'false', ...more });
  const release = input('release', { maxlength: 64, value: releaseOf(open, dataset.value) });
  return {
    dataset,
    series: field(
      'Series',
      input('series', { required: true, maxlength: 40, autocapitalize: 'none' }),
      'For example 2_t2.',
    ),
    label: field('Structure', structures(), 'Labels count from the lowest vertebra in view.'),
    text: field('What is wrong', text, 'For example: the disc is swallowed by the vertebra.'),
    release: field('Release or version that you have', release, 'May be left out: the newest.'),
    reporter: field(
      'Your account name',
      input('reporter', { maxlength: 200 }),
      'May be left out. An address is not stored.',
    ),
  };
}

function releaseOf(open: readonly PublicDataset[], dataset: string): string {
  return open.find((each) => each.dataset === dataset)?.release ?? '';
}

function field<C extends Control>(title: string, control: C, hint: string): Field<C> {
  const name = control.getAttribute('name')!;
  const ids = [`report-${name}-hint`, `report-${name}-fault`] as const;
  control.setAttribute('aria-describedby', ids.join(' '));
  const fault = h('small', { id: ids[1], class: 'fault' });
  const described = h('small', { id: ids[0] }, hint);
  const element = h('div', { class: 'field-block' }, h('label', { class: 'field' }, title, control), described, fault);
  return { control, fault, element };
}

function structures(): HTMLSelectElement {
  const option = (label: number) => h('option', { value: label }, `${label} · ${labelName(label)}`);
  const upTo = (first: number) => Array.from({ length: MAX_VERTEBRAE }, (_, at) => option(first + at));
  return h(
    'select',
    { name: 'label' },
    h('option', { value: '' }, 'The whole mask'),
    option(CANAL),
    h('optgroup', { label: 'Discs' }, ...upTo(201)),
    h('optgroup', { label: 'Vertebrae' }, ...upTo(1)),
  );
}

/** What is in the form, checked as the server does; null when something is wrong, which is then said at its field. */
function read({ series, label, text, release, reporter }: ReturnType<typeof fieldsOf>): PublicReport | null {
  const optional = (value: string) => (value.trim() === '' ? null : value.trim());
  const parsed = PublicReport.safeParse({
    series: series.control.value.trim().replace(/\.mha$/, ''),
    label: label.control.value === '' ? null : Number(label.control.value),
    text: text.control.value,
    release: optional(release.control.value),
    reporter: optional(reporter.control.value),
  });
  const fields: Record<FieldName, Field> = { series, label, text, release, reporter };
  for (const { control, fault } of Object.values(fields)) {
    control.removeAttribute('aria-invalid');
    fault.textContent = '';
  }
  if (parsed.success) return parsed.data;
  for (const { path, code, message } of parsed.error.issues.toReversed()) {
    const name = path[0] as FieldName;
    const { control, fault } = fields[name];
    control.setAttribute('aria-invalid', 'true');
    fault.textContent = code === 'custom' && name === 'text' ? `It holds ${message}.` : EXPECTED[name];
    control.focus();
  }
  return null;
}
