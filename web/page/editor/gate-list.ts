import type { GateFix, GateResult } from '../../../core/gate-result.ts';
import { labelName } from '../../../core/labels.ts';
import { h } from '../dom.ts';
import { sentence } from '../words.ts';

/**
 * The gates a mask did not pass, what refuses it first, each with what was found, what was expected, and buttons that jump to its
 * labels and, where `makeFix` is given, make its fix.
 */
export function gateList(
  gates: readonly GateResult[],
  title: string,
  goTo: (label: number) => void,
  makeFix?: (fix: GateFix) => void,
): HTMLElement {
  const failed = gates
    .filter((gate) => !gate.passed)
    .sort((a, b) => Number(b.severity === 'refuse') - Number(a.severity === 'refuse'));
  if (failed.length === 0) {
    return h('div', { class: 'gates' }, h('h3', {}, title), h('p', { class: 'muted' }, 'All checks passed.'));
  }
  const items = failed.map((gate) => item(gate, goTo, makeFix));
  return h('div', { class: 'gates' }, h('h3', {}, title), h('ul', {}, ...items));
}

function item(
  { gate, severity, measured, expected, labels, fix }: GateResult,
  goTo: (label: number) => void,
  makeFix?: (fix: GateFix) => void,
): HTMLElement {
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
    severity === 'refuse' && h('span', { class: 'refuses' }, 'The mask is refused with this.'),
    jumps.length > 0 && h('span', { class: 'chips' }, ...jumps),
    fix && h('span', {}, `${sentence(fix.description)}.`),
    fix && makeFix && h('button', { class: 'chip fix', on: { click: () => makeFix(fix) } }, 'Do that'),
  );
}
