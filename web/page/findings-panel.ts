import type { ClassBias, Lean } from '../../core/bias-report.ts';
import type { Interval } from '../../core/bootstrap.ts';
import type { ErrorRate } from '../../core/mask-audit.ts';
import type { Measure } from '../../core/measure.ts';
import type { FindingsView } from '../api-shapes.ts';
import type { Api } from './api.ts';
import { h } from './dom.ts';
import { failure, loading } from './panels.ts';
import { sentence } from './words.ts';

const ALL = '';
const STRUCTURE_WORDS: Record<string, string> = {
  vertebra: 'Vertebrae',
  disc: 'Discs',
  canal: 'Canal',
  all: 'All together',
  mask: 'Whole masks',
};

/** How well review does, for leads: the lean of corrections towards the model, and the error that review lets pass, by round. */
export class FindingsPanel {
  readonly element: HTMLElement;
  private readonly choice = h('select', { 'aria-label': 'Round' }, h('option', { value: ALL }, 'All rounds'));
  private readonly body = h('div', { class: 'findings' }, loading('Loading what review lets pass …'));
  /** Counts the questions, so that a late answer is known as such. */
  private asked = 0;

  constructor(
    private readonly api: Api,
    readonly dataset: string,
  ) {
    this.choice.addEventListener('change', () => this.load());
    const head = h('div', { class: 'card-head' }, h('h2', {}, 'How well review does'), this.choice);
    this.element = h('section', { class: 'card', 'aria-label': 'How well review does' }, head, this.body);
    this.load();
  }

  /** Asks again; what is shown stays until the answer is there. */
  load(): void {
    const turn = ++this.asked;
    const round = this.choice.value === ALL ? null : Number(this.choice.value);
    this.api.findings(this.dataset, round).then(
      (found) => turn === this.asked && this.show(found),
      (error: unknown) => turn === this.asked && this.body.replaceChildren(failure(error, () => this.load())),
    );
  }

  private show({ rounds, bias, audits }: FindingsView): void {
    const chosen = this.choice.value;
    const option = (round: number) => h('option', { value: round }, `Round ${round}`);
    this.choice.replaceChildren(h('option', { value: ALL }, 'All rounds'), ...rounds.map(option));
    this.choice.value = chosen;
    this.choice.disabled = rounds.length === 0;
    this.body.replaceChildren(leanCard(bias), auditCard(audits));
  }
}

function leanCard({ controls, patients, toleranceMm, classes }: FindingsView['bias']): HTMLElement {
  const title = 'Lean towards the model';
  if (controls === 0) {
    const text =
      'No series was both corrected and drawn from nothing yet. The campaign’s policy sets their share (--controls).';
    return finding(title, h('p', { class: 'muted' }, text));
  }
  const of = `${counted(controls, 'blinded control')} of ${counted(patients, 'patient')}`;
  const text = `${of}: what share of a blinded reader’s changes corrections leave out. 0: none, they do not lean; 1: all, they are the model’s proposals.`;
  const heads = [
    ['Structures', ''],
    ['Series', 'Series in which the blinded drawing departs from the proposal'],
    ['Lean', 'Counting every voxel; with the interval at 95 %'],
    [`Beyond ${toleranceMm} mm`, `Gross errors only: voxels farther than ${toleranceMm} mm from the proposal’s border`],
  ] as const;
  const row = ({ class: name, series, everywhere, beyond }: ClassBias) =>
    h(
      'tr',
      { class: name === 'all' ? 'sum' : '' },
      h('td', {}, STRUCTURE_WORDS[name] ?? name),
      h('td', { class: 'number' }, series),
      leanCell(everywhere),
      leanCell(beyond),
    );
  return finding(title, h('p', { class: 'muted' }, text), table(heads, classes.map(row)));
}

function leanCell({ lean, interval }: Lean): HTMLElement {
  return estimateCell(lean, interval, [-0.5, 1]);
}

function auditCard({ audits, errorDice, rates }: FindingsView['audits']): HTMLElement {
  const title = 'Error that review lets pass';
  if (audits === 0) {
    const text =
      'No mask that was accepted untouched or quickly was audited yet. The campaign’s policy sets their share (--audits).';
    return finding(title, h('p', { class: 'muted' }, text));
  }
  const text = `${counted(audits, 'audit')} of masks accepted untouched or quickly. In error: missing, superfluous, misnumbered, or Dice under ${errorDice}.`;
  const heads = [
    ['Of', ''],
    ['Looked at', ''],
    ['In error', ''],
    ['Rate', 'With the interval at 95 %, counting patients'],
  ] as const;
  const row = ({ of, count, errors, rate, interval }: ErrorRate) =>
    h(
      'tr',
      { class: of === 'mask' ? 'sum' : '' },
      h('td', {}, STRUCTURE_WORDS[of] ?? of),
      h('td', { class: 'number' }, count),
      h('td', { class: 'number' }, errors),
      estimateCell(rate, interval, [0, 1]),
    );
  return finding(title, h('p', { class: 'muted' }, text), table(heads, rates.map(row)));
}

function finding(title: string, ...parts: HTMLElement[]): HTMLElement {
  return h('section', { class: 'finding', 'aria-label': title }, h('h3', {}, title), ...parts);
}

function table(heads: readonly (readonly [name: string, title: string])[], rows: HTMLElement[]): HTMLElement {
  const head = heads.map(([name, title]) => h('th', { scope: 'col', title: title || null }, name));
  return h(
    'div',
    { class: 'table-frame' },
    h('table', {}, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)),
  );
}

/** A measure with three decimals, its interval in words, and both as a dot and a line from `least` to `most`. */
function estimateCell(measure: Measure, interval: Interval | null, range: readonly [number, number]): HTMLElement {
  if (!measure.defined) return h('td', { class: 'number muted', title: sentence(measure.reason) }, '–');
  const { value } = measure;
  const words = interval
    ? `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`
    : 'too few patients for an interval';
  return h(
    'td',
    { class: 'number estimate', title: `Drawn from ${range[0]} to ${range[1]}; the upright line is 0` },
    h('span', {}, value.toFixed(3)),
    plot(value, interval, range),
    h('small', {}, words),
  );
}

function plot(value: number, interval: Interval | null, [least, most]: readonly [number, number]): HTMLElement {
  const place = (at: number) => 100 * Math.min(1, Math.max(0, (at - least) / (most - least)));
  const dot = h('span', { class: 'dot' });
  dot.style.left = `${place(value)}%`;
  const zero = h('span', { class: 'zero' });
  zero.style.left = `${place(0)}%`;
  const line = interval && h('span', { class: 'line' });
  if (interval && line) {
    line.style.left = `${place(interval.low)}%`;
    line.style.width = `${place(interval.high) - place(interval.low)}%`;
  }
  return h('span', { class: 'plot', 'aria-hidden': 'true' }, zero, line, dot);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
