import { CLASSES, type ClassScore, type Evaluation } from '../core/loop.ts';
import type { Output } from './output.ts';
import { decimals, short } from './round-table.ts';

/** An evaluation as a table by class and a line. */
export function printScores(output: Output, { model, patients, series, scores, version }: Evaluation): void {
  output.table<[string, ClassScore]>(
    [
      { header: 'CLASS', value: ([name]) => name },
      { header: 'STRUCTURES', value: ([, { count }]) => count, align: 'right' },
      { header: 'DETECTED', value: ([, { detected }]) => detected, align: 'right' },
      { header: 'DICE', value: ([, { dice }]) => decimals(dice, 4), align: 'right' },
      { header: 'ASD MM', value: ([, { asdMm }]) => decimals(asdMm, 3), align: 'right' },
    ],
    CLASSES.map((name) => [name, scores[name]]),
  );
  const on = `${patients} validation patients (${series} series) of version ${short(version)}`;
  output.line(`model ${short(model)}: mean Dice ${decimals(scores.meanDice, 4) ?? 'none'} on ${on}`);
}
