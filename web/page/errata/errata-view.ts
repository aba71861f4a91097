import { isSettled, type Erratum } from '../../../core/erratum.ts';
import type { ReceivedReport } from '../../../core/erratum-report.ts';
import { labelName } from '../../../core/labels.ts';
import { h } from '../dom.ts';
import { failure, loading, messageOf, notice } from '../panels.ts';
import { repeat, type Context, type View } from '../view.ts';
import { sentence } from '../words.ts';
import { dismissalReason } from './dismissal.ts';

const REFRESH_MS = 10_000;

/** `#/errata[/<dataset>]`: for leads, what is said to be wrong: reports that wait for a decision, and errata with what became of them. */
export function errataView(context: Context, dataset: string | null): View {
  const { api } = context;
  const body = h('div', { class: 'stack' }, loading('Loading errata …'));
  const message = h('p', { class: 'message', role: 'status' });
  const element = h('div', { class: 'page errata' }, h('div', { class: 'page-head' }), message, body);
  let closed = false;
  const load = async () => {
    const { datasets } = await api.datasets();
    const shown = dataset ?? datasets[0];
    if (shown === undefined) return [notice('No datasets yet', 'Ingest a cohort and publish a version first.')];
    const { reports, errata } = await api.errata(shown);
    if (!closed) element.firstElementChild!.replaceWith(head(datasets, shown));
    return sections(reports, errata, {
      accept: (report) => decided(() => accepted(context, shown, report)),
      dismiss: (report) => decided(() => dismissed(context, shown, report)),
    });
  };
  const refresh = () =>
    load().then(
      (children) => closed || body.replaceChildren(...children),
      (error: unknown) => closed || body.replaceChildren(failure(error, () => void refresh())),
    );
  const decided = async (decide: () => Promise<string | null>) => {
    try {
      const words = await decide();
      if (words === null) return;
      message.className = 'message good';
      message.textContent = words;
    } catch (error) {
      message.className = 'message bad';
      message.textContent = messageOf(error);
    }
    await refresh();
  };
  // Not under somebody's hands.
  const isQuiet = () => !body.contains(document.activeElement) && document.querySelector('dialog[open]') === null;
  const stop = repeat(() => isQuiet() && void refresh(), REFRESH_MS);
  return { element, close: () => ((closed = true), stop()) };
}

async function accepted({ api, reviewer }: Context, dataset: string, { id, release }: ReceivedReport): Promise<string> {
  const { erratum, releaseUnknown } = await api.acceptReport(dataset, id, reviewer());
  const of = releaseUnknown ? ` Nothing here is called "${release}": it is taken as said of the newest version.` : '';
  return `Erratum ${erratum.id} is filed, and its review is opened.${of}`;
}

async function dismissed({ api, reviewer }: Context, dataset: string, { id }: ReceivedReport): Promise<string | null> {
  const reason = await dismissalReason();
  if (reason === null) return null;
  await api.dismissReport(dataset, id, reviewer(), reason);
  return `Report ${id} is dismissed.`;
}

function head(datasets: readonly string[], shown: string): HTMLElement {
  const tab = (name: string) =>
    h('a', { href: `#/errata/${name}`, class: 'tab', 'aria-current': name === shown ? 'page' : null }, name);
  return h(
    'div',
    { class: 'page-head' },
    h('h1', {}, 'Errata'),
    h('nav', { class: 'tabs', 'aria-label': 'Datasets' }, ...datasets.map(tab)),
    h('span', { class: 'grow' }),
    h('a', { href: `#/report/${shown}`, class: 'button' }, 'Report an error'),
  );
}

interface Decisions {
  accept: (report: ReceivedReport) => Promise<void>;
  dismiss: (report: ReceivedReport) => Promise<void>;
}

function sections(reports: readonly ReceivedReport[], errata: readonly Erratum[], decisions: Decisions): HTMLElement[] {
  const waiting = reports.filter(({ state }) => state === 'waiting');
  const dismissedOnes = reports.filter(({ state }) => state === 'dismissed').toReversed();
  const order = [...errata].sort((a, b) => Number(isSettled(a)) - Number(isSettled(b)));
  return [
    h(
      'section',
      { 'aria-label': 'Reports that wait' },
      h('h2', {}, `Reports that wait: ${waiting.length}`),
      waiting.length === 0
        ? h('p', { class: 'muted' }, 'Nothing waits for your decision.')
        : table(
            ['Received', 'Series', 'Structure', 'What is said', 'Of', 'By', ''],
            waiting.map((each) => row(each, decisions)),
          ),
    ),
    h(
      'section',
      { 'aria-label': 'Errata' },
      h('h2', {}, 'Errata'),
      order.length === 0
        ? h('p', { class: 'muted' }, 'No erratum was filed.')
        : table(
            ['Erratum', 'State', 'Series', 'Structure', 'What is said', 'Said of', 'Mended in', 'Task'],
            order.map(erratumRow),
          ),
    ),
    ...(dismissedOnes.length === 0 ? [] : [dismissedSection(dismissedOnes)]),
  ];
}

function table(heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const columns = heads.map((title) =>
    h('th', { scope: 'col' }, title === '' ? h('span', { class: 'unseen' }, 'Decision') : title),
  );
  return h(
    'div',
    { class: 'table-frame' },
    h('table', {}, h('thead', {}, h('tr', {}, ...columns)), h('tbody', {}, ...rows)),
  );
}

const structure = (label: number | null) => (label === null ? 'whole mask' : `${labelName(label)} (${label})`);
const short = (digest: string | null | undefined) =>
  digest === null || digest === undefined ? '–' : h('code', { title: digest }, digest.slice(0, 12));

function row(report: ReceivedReport, { accept, dismiss }: Decisions): HTMLElement {
  const { id, series, label, text, release, reporter, receivedAt } = report;
  const button = (words: string, className: string, decide: (report: ReceivedReport) => Promise<void>) => {
    const made = h('button', { class: className, 'aria-label': `${words} report ${id} of ${series}` }, words);
    made.addEventListener('click', () => {
      made.disabled = true;
      void decide(report).finally(() => (made.disabled = false));
    });
    return made;
  };
  return h(
    'tr',
    {},
    h(
      'td',
      {},
      new Date(receivedAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' }),
      h('small', {}, id),
    ),
    h('td', { class: 'strong' }, series),
    h('td', {}, structure(label)),
    h('td', { class: 'said' }, text),
    h('td', {}, release ?? 'the newest'),
    h('td', {}, reporter ?? '–'),
    h('td', {}, h('div', { class: 'row' }, button('Accept', 'primary', accept), button('Dismiss', '', dismiss))),
  );
}

function erratumRow({ id, state, series, label, text, version, outcome, task }: Erratum): HTMLElement {
  const reason = outcome?.reason ?? null;
  return h(
    'tr',
    {},
    h('td', {}, h('code', {}, id)),
    h('td', {}, sentence(state), reason && h('small', {}, reason)),
    h('td', { class: 'strong' }, series),
    h('td', {}, structure(label)),
    h('td', { class: 'said' }, text),
    h('td', {}, short(version)),
    h('td', {}, short(outcome?.version)),
    h('td', {}, state === 'in-review' && task !== null ? h('a', { href: `#/tasks/${task}` }, 'Review') : '–'),
  );
}

function dismissedSection(reports: readonly ReceivedReport[]): HTMLElement {
  const rows = reports.map(({ id, series, label, text, reason, by }) =>
    h(
      'tr',
      {},
      h('td', {}, h('code', {}, id)),
      h('td', { class: 'strong' }, series),
      h('td', {}, structure(label)),
      h('td', { class: 'said' }, text),
      h('td', { class: 'said' }, reason),
      h('td', {}, by ?? '–'),
    ),
  );
  const heads = ['Report', 'Series', 'Structure', 'What was said', 'Why it was dismissed', 'By'];
  return h('details', {}, h('summary', {}, `Dismissed: ${reports.length}`), table(heads, rows));
}
