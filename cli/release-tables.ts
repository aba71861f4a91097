import { estimateText } from '../core/cross-table.ts';
import { erratumWords } from '../core/erratum.ts';
import type { MendedErratum, Release } from '../core/release.ts';
import { redGates, type ReleaseGate } from '../core/release-gates.ts';
import { ALL, type ScoreCell } from '../core/score-table.ts';
import type { Output } from './output.ts';
import { short } from './round-table.ts';

const right = { align: 'right' } as const;

/** Every gate of a release, one a line, and what they come to. */
export function printReleaseGates(output: Output, gates: readonly ReleaseGate[]): void {
  output.table<ReleaseGate>(
    [
      { header: 'GATE', value: ({ gate }) => gate },
      { header: 'VERDICT', value: ({ passed, required }) => (passed ? 'passed' : required ? 'RED' : 'not asked for') },
      { header: 'MEASURED', value: ({ measured }) => measured },
      { header: 'ASKED FOR', value: ({ threshold }) => threshold },
      { header: 'SOURCE', value: ({ source }) => source },
    ],
    gates,
  );
  const red = redGates(gates).map(({ gate }) => gate);
  output.line();
  output.line(red.length === 0 ? 'every gate that is asked for is passed' : `red: ${red.join(', ')}`);
}

/** The serving model on the version: by structure and sequence, and by structure and hospital. */
export function printReleaseTables(
  output: Output,
  { evaluation, tables }: Pick<Release, 'evaluation' | 'tables'>,
): void {
  if (!evaluation) return;
  output.line();
  output.line(
    `model ${short(evaluation.model)} on ${evaluation.series} series of ${evaluation.patients} validation patients`,
  );
  for (const [group, cells] of [
    ['sequence', tables.filter(({ hospital }) => hospital === ALL)],
    ['hospital', tables.filter(({ sequence }) => sequence === ALL)],
  ] as const) {
    output.line();
    output.table<ScoreCell>(
      [
        { header: 'STRUCTURE', value: ({ structure }) => structure },
        { header: group.toUpperCase(), value: (cell) => cell[group] },
        { header: 'PATIENTS', value: ({ patients }) => patients, ...right },
        { header: 'FOUND', value: ({ found }) => found, ...right },
        { header: 'MISSED', value: ({ missed }) => missed, ...right },
        { header: 'DICE', value: ({ dice }) => estimateText(dice, 4), ...right },
        { header: 'ASD mm', value: ({ asdMm }) => estimateText(asdMm, 3), ...right },
      ],
      cells,
    );
  }
}

/** What changed since the release before, and the errata that were mended. */
export function printSince(
  output: Output,
  { previous, changes, errata }: Pick<Release, 'previous' | 'changes' | 'errata'>,
) {
  if (previous) {
    output.line();
    output.line(`since ${previous.name} (version ${short(previous.version)}):`);
    for (const change of changes) output.line(`  ${change}`);
  }
  if (errata.length === 0) return;
  output.line();
  output.table<MendedErratum>(
    [
      { header: 'MENDED', value: (each) => erratumWords(each) },
      { header: 'MODELS THAT LEARNED FROM IT', value: ({ models }) => models.map(short).join(', ') },
      {
        header: 'SCORES AGAINST IT',
        value: ({ evaluations }) =>
          evaluations.map((each) => `${short(each.model)} on ${short(each.version)}`).join(', '),
      },
    ],
    errata,
  );
}
