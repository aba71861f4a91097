import type { MeasureComparison, Retraining } from '../core/retraining.ts';
import type { Output } from './output.ts';
import { short } from './round-table.ts';

const right = { align: 'right' } as const;
const DIGITS = { dice: 4, asdMm: 3 } as const;
const NAME = { dice: 'Dice', asdMm: 'ASD mm' } as const;

/** What became of the models that were trained again, and what the two were compared by. */
export function printRetrainings(output: Output, retrainings: readonly Retraining[]): void {
  output.line();
  if (retrainings.length === 0)
    return output.line('no model made a mask of this version or was evaluated on it: nothing to train again');
  output.table<Retraining>(
    [
      { header: 'MODEL', value: ({ model }) => short(model) },
      { header: 'TRAINED AGAIN', value: ({ again }) => short(again) },
      { header: 'VERDICT', value: ({ verdict }) => verdict },
    ],
    retrainings,
  );
  const compared = retrainings.flatMap(({ model, comparisons }) => comparisons.map((each) => ({ ...each, model })));
  if (compared.length === 0) return;
  output.line();
  output.table<MeasureComparison & { model: string }>(
    [
      { header: 'MODEL', value: ({ model }) => short(model) },
      { header: 'CLASS', value: (each) => each.class },
      { header: 'MEASURE', value: ({ measure }) => NAME[measure] },
      { header: 'PATIENTS', value: ({ patients }) => patients, ...right },
      { header: 'STRUCTURES', value: ({ structures }) => structures, ...right },
      { header: 'RECORDED', value: (each) => shown(each, each.recorded), ...right },
      { header: 'AGAIN', value: (each) => shown(each, each.again), ...right },
      { header: 'DIFFERENCE', value: (each) => signed(each, each.difference), ...right },
      { header: '90 % INTERVAL', value: intervalOf },
      { header: 'MARGIN', value: ({ margin }) => `± ${margin}` },
      { header: 'VERDICT', value: ({ verdict }) => verdict },
    ],
    compared,
  );
}

function shown({ measure }: MeasureComparison, value: number): string {
  return value.toFixed(DIGITS[measure]);
}

function signed(comparison: MeasureComparison, value: number): string {
  const text = shown(comparison, value);
  return value < 0 ? text : `+${text}`;
}

function intervalOf(comparison: MeasureComparison): string | null {
  const { interval } = comparison;
  return interval && `${signed(comparison, interval.low)} to ${signed(comparison, interval.high)}`;
}
