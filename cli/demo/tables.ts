import { STRUCTURE_CLASSES } from '../../core/labels.ts';
import type { Output } from '../output.ts';
import type { Column } from '../table.ts';
import type { DemoRound } from './report.ts';

const right = { align: 'right' } as const;
const fixed = (value: number | null | undefined, digits: number) => value?.toFixed(digits);

/** What came out of one round: the proposals' quality per structure, then the round's own figures. */
export function printRound(output: Output, round: DemoRound): void {
  const scores = round.proposalsAgainstTruth;
  const rows = scores ? STRUCTURE_CLASSES.map((name) => ({ name, ...scores[name] })) : [];
  const columns: Column<(typeof rows)[number]>[] = [
    { header: `ROUND ${round.round}: PROPOSED`, value: ({ name }) => name },
    { header: 'STRUCTURES', value: ({ count }) => count, ...right },
    { header: 'FOUND', value: ({ detected }) => detected, ...right },
    { header: 'DICE', value: ({ dice }) => fixed(dice, 3), ...right },
    { header: 'ASD MM', value: ({ asdMm }) => fixed(asdMm, 2), ...right },
  ];
  output.line();
  output.table(
    columns,
    rows.length > 0 ? rows : [{ name: 'vertebra', count: 0, detected: 0, dice: null, asdMm: null }],
  );
  const { segmented, reviewed, accepted, corrected, excluded, simulatedReviewMinutes: minutes } = round;
  output.line(
    `${segmented} series proposed, ${reviewed} reviewed in ${minutes.toFixed(0)} simulated minutes: ` +
      `${accepted} accepted, ${corrected} corrected, ${excluded} excluded`,
  );
  const validation = round.validation?.scores.meanDice;
  const decision = round.championDecision;
  output.line(
    `model ${round.model?.slice(0, 12) ?? 'none'} serves (${decision?.reason ?? 'no decision'}); ` +
      `on ${round.validation?.patients ?? 0} validation patients mean Dice ${fixed(validation, 3) ?? '–'}`,
  );
  output.line(`version ${round.version?.slice(0, 12) ?? 'none'}`);
}

/** The rounds side by side. */
export function printSummary(output: Output, rounds: readonly DemoRound[]): void {
  output.line();
  const dice = (round: DemoRound, name: (typeof STRUCTURE_CLASSES)[number]) =>
    fixed(round.proposalsAgainstTruth?.[name].dice, 3);
  output.table<DemoRound>(
    [
      { header: 'ROUND', value: ({ round }) => round, ...right },
      { header: 'PROPOSED', value: ({ segmented }) => segmented, ...right },
      { header: 'VERTEBRAE', value: (round) => dice(round, 'vertebra'), ...right },
      { header: 'DISCS', value: (round) => dice(round, 'disc'), ...right },
      { header: 'CANAL', value: (round) => dice(round, 'canal'), ...right },
      { header: 'MEAN DICE', value: (round) => fixed(round.proposalsAgainstTruth?.meanDice, 3), ...right },
      { header: 'MINUTES', value: ({ simulatedReviewMinutes }) => fixed(simulatedReviewMinutes, 0), ...right },
      { header: 'CHALLENGER', value: ({ championDecision: made }) => made && (made.promoted ? 'serves' : 'kept back') },
      { header: 'VERSION', value: ({ version }) => version?.slice(0, 12) },
      {
        header: 'SECONDS',
        value: ({ stageSeconds }) =>
          fixed(
            Object.values(stageSeconds).reduce((a, b) => a + b, 0),
            0,
          ),
        ...right,
      },
    ],
    rounds,
  );
}
