import { estimateText } from '../../core/cross-table.ts';
import { CANAL, labelName } from '../../core/labels.ts';
import { valueOf } from '../../core/measure.ts';
import type { Protocol, ProtocolRow } from '../../core/protocol.ts';
import { ALL, type Estimate, type ScoreCell } from '../../core/score-table.ts';
import { escaped } from './markup.ts';

const COLOURS: Record<Protocol, string> = { spider: '#0072b2', strict: '#d55e00' };
const WIDTH = 1000;
const LEFT = 190;
const RIGHT = 30;
const TOP = 10;
const AXIS = 26;

interface Scale {
  low: number;
  high: number;
  ticks: readonly number[];
}

/** Means with their intervals, a line for each cell of the tables over all hospitals; `name` picks the measure. */
export function intervalPlot(cells: readonly ScoreCell[], name: 'dice' | 'asdMm', title: string): string {
  const shown = cells.filter((cell) => cell.hospital === ALL && cell[name].defined);
  const lines = [...new Set(shown.map((cell) => `${structureName(cell.structure)}, ${sequenceName(cell.sequence)}`))];
  const protocols = [...new Set(shown.map(({ protocol }) => protocol))];
  const ends = shown.flatMap((cell) => endsOf(cell[name]));
  const scale = name === 'dice' ? scaleOver(Math.min(...ends, 0.9), 1) : scaleOver(0, Math.max(...ends, 0.1));
  const x = position(scale);
  const step = protocols.length * 11 + 12;
  const height = TOP + lines.length * step + AXIS;
  const marks = shown.map((cell) => {
    const line = lines.indexOf(`${structureName(cell.structure)}, ${sequenceName(cell.sequence)}`);
    const y = TOP + line * step + 10 + protocols.indexOf(cell.protocol) * 11;
    const estimate = cell[name] as Estimate & { defined: true };
    const { interval, mean } = estimate;
    const bar = interval
      ? `<line x1="${x(interval.low)}" x2="${x(interval.high)}" y1="${y}" y2="${y}" stroke="${COLOURS[cell.protocol]}" stroke-width="3" opacity=".45"/>`
      : '';
    const tip = `${cell.protocol}: ${estimateText(estimate, name === 'dice' ? 3 : 2, { sd: false })}`;
    return `<g><title>${escaped(tip)}</title>${bar}<circle cx="${x(mean)}" cy="${y}" r="4.5" fill="${COLOURS[cell.protocol]}"/></g>`;
  });
  const names = lines.map((line, at) => lineName(line, TOP + at * step + 8 + protocols.length * 5.5));
  return svg(height, title, [axis(scale, height), ...names, ...marks]);
}

/** A point for every structure of the reference, by level; a miss is a hollow point at 0. */
export function levelPlot(rows: readonly ProtocolRow[], title: string): string {
  const own = rows.filter(({ outcome }) => outcome !== 'extra');
  const labels = [...new Set(own.map(({ label }) => label))].sort((a, b) => order(a) - order(b));
  const scale = scaleOver(Math.min(0.9, ...own.map(({ dice }) => dice)), 1);
  const x = position(scale);
  const step = 18;
  const height = TOP + labels.length * step + AXIS;
  const points = own.map(({ label, dice, outcome, asdMm }, at) => {
    // Points that would hide each other stand a little apart, always by the same amount.
    const y = TOP + labels.indexOf(label) * step + 9 + ((at * 7) % 9) - 4;
    const fill = outcome === 'missed' ? 'none' : COLOURS.spider;
    const distance = valueOf(asdMm);
    const tip = `${labelName(label)}: Dice ${dice.toFixed(3)}${distance === undefined ? '' : `, ASD ${distance.toFixed(2)} mm`}`;
    return `<circle cx="${x(dice)}" cy="${y}" r="3" fill="${fill}" stroke="${COLOURS.spider}" opacity=".6"><title>${escaped(tip)}</title></circle>`;
  });
  const names = labels.map((label, at) => lineName(labelName(label), TOP + at * step + 13));
  return svg(height, title, [axis(scale, height), ...names, ...points]);
}

export function structureName(structure: ScoreCell['structure']): string {
  return { vertebra: 'Vertebrae', disc: 'Discs', canal: 'Canal', all: 'All structures' }[structure];
}

export function sequenceName(sequence: string): string {
  const names: Record<string, string> = { t1: 'T1', t2: 'T2', t2_SPACE: 'T2 SPACE', all: 'all sequences' };
  return names[sequence] ?? sequence;
}

/** From the head down, as on a picture: each vertebra, then the disc below it; the canal last. */
function order(label: number): number {
  if (label === CANAL) return 0;
  return label > 200 ? 1 - 2 * (label - 200) : -2 * label;
}

function endsOf(estimate: Estimate): number[] {
  if (!estimate.defined) return [];
  return estimate.interval ? [estimate.interval.low, estimate.interval.high, estimate.mean] : [estimate.mean];
}

function scaleOver(low: number, high: number): Scale {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999)!;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(6)));
  return { low: ticks[0]!, high: ticks[ticks.length - 1]!, ticks };
}

function position({ low, high }: Scale): (value: number) => string {
  return (value) => (LEFT + ((value - low) / (high - low)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
}

function axis(scale: Scale, height: number): string {
  const x = position(scale);
  return scale.ticks
    .map(
      (tick) =>
        `<line class="axis" x1="${x(tick)}" x2="${x(tick)}" y1="${TOP}" y2="${height - AXIS}"/>` +
        `<text class="tick" x="${x(tick)}" y="${height - 8}" text-anchor="middle">${tick}</text>`,
    )
    .join('');
}

function lineName(text: string, y: number): string {
  return `<text x="${LEFT - 12}" y="${y}" text-anchor="end">${escaped(text)}</text>`;
}

function svg(height: number, title: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}" width="100%">${parts.join('\n')}</svg>`;
}
