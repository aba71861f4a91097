import { ErratumId } from '../../../core/erratum.ts';
import type { ReportReceipt } from '../../../core/erratum-report.ts';
import { DatasetName } from '../../../core/ids.ts';
import type { Api } from '../api.ts';
import { h } from '../dom.ts';
import { failure, loading, notice } from '../panels.ts';
import type { View } from '../view.ts';
import { reportForm, type PublicDataset } from './report-form.ts';

/**
 * `#/report`: the form in which anybody says what is wrong with a published mask; `#/report/<dataset>/<report>`: what became of a report.
 * Whoever is signed in may report of datasets without a release, too.
 */
export function reportView(api: Api, hash: string, isSignedIn: boolean): View {
  const element = h('div', { class: 'page report' }, loading('Loading …'));
  const [, , dataset, report] = hash.split('/');
  const named = { dataset: DatasetName.safeParse(dataset).data, report: ErratumId.safeParse(report).data };
  const show = () => {
    const children =
      named.dataset !== undefined && named.report !== undefined
        ? receipt(api, named.dataset, named.report)
        : form(api, isSignedIn, named.dataset, (next) => element.replaceChildren(next));
    children.then(
      (child) => element.replaceChildren(child),
      (error: unknown) => element.replaceChildren(failure(error, show)),
    );
  };
  show();
  return { element, close: () => {} };
}

async function form(
  api: Api,
  isSignedIn: boolean,
  wanted: string | undefined,
  replace: (element: HTMLElement) => void,
): Promise<HTMLElement> {
  const open: PublicDataset[] = await api.openDatasets();
  if (isSignedIn) {
    const { datasets } = await api.datasets();
    const others = datasets.filter((name) => !open.some(({ dataset }) => dataset === name));
    open.push(...others.map((dataset) => ({ dataset, release: null })));
  }
  if (open.length === 0) {
    return notice(
      'Nothing is public here',
      'Errors are taken for datasets with a published release; there is none yet.',
      h('a', { class: 'button', href: '#/tasks' }, isSignedIn ? 'To the queue' : 'Sign in'),
    );
  }
  const again = () => void form(api, isSignedIn, wanted, replace).then(replace);
  return reportForm(api, open, wanted, (dataset, { id }) => replace(thanks(dataset, id, again)));
}

function thanks(dataset: string, id: string, again: () => void): HTMLElement {
  return notice(
    'Thank you: your report is stored',
    `It has the number ${id}. A lead of ${dataset} looks at it; when the mask is mended, the address below tells in which version.`,
    h('a', { class: 'button primary', href: `#/report/${dataset}/${id}` }, 'What becomes of it'),
    h('button', { on: { click: again } }, 'Report another one'),
  );
}

async function receipt(api: Api, dataset: string, id: string): Promise<HTMLElement> {
  const found = await api.reportReceipt(dataset, id);
  return h(
    'section',
    { class: 'card receipt', 'aria-label': `Report ${id}` },
    h('h1', {}, `Report ${id}`),
    h('p', { class: 'muted' }, `of dataset ${dataset}`),
    h('p', { role: 'status' }, RECEIPT_WORDS[found.state](found)),
    h('a', { href: '#/report' }, 'Report another error'),
  );
}

const because = ({ reason }: ReportReceipt) => (reason === null ? '.' : `: ${reason}`);

const RECEIPT_WORDS: Record<ReportReceipt['state'], (receipt: ReportReceipt) => string> = {
  waiting: () => 'It waits for somebody to look at it.',
  dismissed: (receipt) => `It was dismissed${because(receipt)}`,
  open: () => 'It was taken up: the mask will be reviewed.',
  'in-review': () => 'It was taken up: somebody reviews the mask.',
  fixed: ({ version }) =>
    version === null ? 'The mask was mended.' : `The mask was mended in version ${version.slice(0, 12)}.`,
  unfounded: () => 'The mask was reviewed and found right.',
  excluded: ({ version }) =>
    `The series was taken out of the dataset${version === null ? '.' : `, in version ${version.slice(0, 12)}.`}`,
  closed: (receipt) => `It was closed without a change${because(receipt)}`,
};
