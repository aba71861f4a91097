import type { GateFix } from '../gate-result.ts';
import type { Vec3 } from '../geometry.ts';
import { isPartialVertebra } from '../labels.ts';
import { minus, SpineLine } from '../spine-line.ts';
import type { Spine } from './spine.ts';

/** A step longer than this, relative to the median, leaves room for a vertebra that is missing. */
const MISSING_STEP_RATIO = 1.6;
/** With a single step there is no median: the longest that two neighbours can be apart. */
const MISSING_STEP_MM = 60;

/**
 * The numbers that vertebrae and discs have by where they lie, where those differ from their labels and only one numbering is
 * possible: vertebrae from the lowest up, discs by the vertebra above. Undefined when
 *   1. nothing would change, or there are fewer than two vertebrae;
 *   2. a vertebra occurs twice (5 and 105), or two vertebrae lie so far apart that one between them may be missing;
 *   3. two discs would get the same number, or a disc below the lowest vertebra's own shows that vertebra 1 is missing.
 */
export function renumbering(spine: Spine): GateFix | undefined {
  const { vertebraLabels, vertebrae, discs } = spine;
  if (vertebrae.length < 2 || vertebrae.length !== vertebraLabels.length) return undefined;
  const upwards = [...vertebraLabels].sort((a, b) => spine.heightMm(a)! - spine.heightMm(b)!);
  const centres = upwards.map((label) => spine.centreMm(label)!);
  if (missesOne(centres)) return undefined;
  const line = new SpineLine(centres);
  const numbers = [
    ...upwards.map((from, i) => ({ from, to: i + 1 + (isPartialVertebra(from) ? 100 : 0) })),
    ...discs.map((from) => ({ from, to: 201 + line.bodiesBelow(spine.centreMm(from)!) })),
  ];
  if (new Set(numbers.map(({ to }) => to)).size !== numbers.length) return undefined;
  const changes = numbers.filter(({ from, to }) => from !== to);
  if (changes.length === 0) return undefined;
  return {
    kind: 'renumber',
    labels: changes.map(({ from }) => from),
    voxels: changes.reduce((sum, { from }) => sum + spine.voxels(from), 0),
    description: `number from below: ${changes.map(({ from, to }) => `${from} becomes ${to}`).join(', ')}`,
    renumbering: changes,
  };
}

function missesOne(centres: readonly Vec3[]): boolean {
  const steps = centres.slice(1).map((centre, i) => Math.hypot(...minus(centre, centres[i]!)));
  const sorted = [...steps].sort((a, b) => a - b);
  const typical = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return steps.some((step) => step > MISSING_STEP_MM || step > MISSING_STEP_RATIO * typical);
}
