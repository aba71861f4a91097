import type { GateResult } from '../../../core/gate-result.ts';
import { labelName } from '../../../core/labels.ts';
import { h } from '../dom.ts';
import { sentence } from '../words.ts';

/** The gates a mask did not pass, each with what was found, what was expected, and buttons that jump to its labels. */
export function gateList(gates: readonly GateResult[], title: string, goTo: (label: number) => void): HTMLElement {
  const failed = gates
    .filter((gate) => !gate.passed)
    .sort((a, b) => Number(b.severity === 'refuse') - Number(a.severity === 'refuse'));
  if (failed.length === 0) {
    return h('div', { class: 'gates' }, h('h3', {}, title), h('p', { class: 'muted' }, 'All checks passed.'));
  }
  return h('div', { class: 'gates' }, h('h3', {}, title), h('ul', {}, ...failed.map((gate) => item(gate, goTo))));
}

function item({ gate, severity, measured, expected, labels }: GateResult, goTo: (label: number) => void): HTMLElement {
  const jumps = labels.map((label) =>
    h(
      'button',
      { class: 'chip', title: `Go to ${labelName(label)}`, on: { click: () => goTo(label) } },
      labelName(label),
    ),
  );
  return h(
    'li',
    { class: severity },
    h('strong', {}, sentence(gate)),
    h('span', {}, `Found ${measured}; expected ${expected}.`),
    jumps.length > 0 && h('span', { class: 'chips' }, ...jumps),
  );
}
