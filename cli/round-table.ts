import type { RoundReport } from '../core/loop.ts';
import type { Output } from './output.ts';
import type { Column } from './table.ts';

export const short = (digest: string | null): string | null => digest && digest.slice(0, 12);
export const decimals = (value: number | null | undefined, digits: number): string | null =>
  value === null || value === undefined ? null : value.toFixed(digits);

const right = { align: 'right' } as const;

const ROUND_COLUMNS: readonly Column<RoundReport>[] = [
  { header: 'ROUND', value: ({ round }) => round, ...right },
  { header: 'PROPOSED', value: ({ segmented }) => segmented, ...right },
  { header: 'REVIEWED', value: ({ reviewed }) => reviewed, ...right },
  { header: 'ACCEPTED', value: ({ accepted }) => accepted, ...right },
  { header: 'CORRECTED', value: ({ corrected }) => corrected, ...right },
  { header: 'EXCLUDED', value: ({ excluded }) => excluded, ...right },
  { header: 'MINUTES', value: ({ reviewMinutes }) => decimals(reviewMinutes, 1), ...right },
  { header: 'PROPOSAL DICE', value: ({ proposalScores }) => decimals(proposalScores?.meanDice, 4), ...right },
  { header: 'VALIDATION DICE', value: ({ evaluation }) => decimals(evaluation?.scores.meanDice, 4), ...right },
  { header: 'MODEL', value: ({ model }) => short(model) },
  { header: 'CHALLENGER', value: ({ decision }) => decision && (decision.promoted ? 'serves' : 'kept back') },
  { header: 'VERSION', value: ({ version }) => short(version) },
  { header: 'LEFT', value: ({ remaining }) => remaining, ...right },
];

/** A line per finished round: what was done, how good proposals were, which model serves. */
export function printRounds(output: Output, reports: readonly RoundReport[]): void {
  output.table(ROUND_COLUMNS, reports);
}
