import type { GateResult } from '../core/gate-result.ts';
import type { Output } from './output.ts';

/** What gates found, one a line; nothing when all is well. */
export function printGates(output: Output, title: string, gates: readonly GateResult[]): void {
  const failed = gates.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  output.line();
  output.line(`${title}:`);
  for (const { gate, severity, expected, measured } of failed) {
    output.line(`  ${severity === 'refuse' ? 'refused' : 'note'}  ${gate}: expected ${expected}, got ${measured}`);
  }
}
