import { gateResult, type GateResult } from '../gate-result.ts';
import { CANAL, completeLabel, isDisc, isPartialVertebra, structureClass, type StructureClass } from '../labels.ts';
import { indexAxisOf } from '../orientation.ts';
import { minus } from '../spine-line.ts';
import type { Spine } from './spine.ts';

type Bounds = readonly [least: number, most: number];

/**
 * Bounds by level, counted from the lowest in view. They are about a third of the smallest and three times the largest that
 * was measured in real masks (docs/gates.md has the figures), wider still for thoracic levels, of which there are few: they
 * are for gross errors, and a spine one level off (a sacralised L5) stays well within.
 *   volumeCm3: the whole structure, arch and processes included.
 *   heightMm: volume over footprint, the mean along feet–head; processes make a vertebra's less than its body's.
 */
const LEVELS: readonly { upTo: number; vertebra: Limits; disc: Limits }[] = [
  {
    upTo: 5,
    vertebra: { volumeCm3: [10, 150], heightMm: [6, 45] },
    disc: { volumeCm3: [1.5, 50], heightMm: [1.2, 30] },
  },
  { upTo: 12, vertebra: { volumeCm3: [5, 110], heightMm: [4, 45] }, disc: { volumeCm3: [0.7, 35], heightMm: [1, 25] } },
  { upTo: 25, vertebra: { volumeCm3: [2, 80], heightMm: [3, 45] }, disc: { volumeCm3: [0.3, 30], heightMm: [1, 25] } },
];

interface Limits {
  volumeCm3: Bounds;
  heightMm: Bounds;
}

/** The canal's mean cross-section, its volume over its length along feet–head. */
const CANAL_CM2: Bounds = [0.4, 8];

/** Centre to centre of two neighbours, and relative to the median of all steps: a vertebra left out makes 2, one cut in two 0.5. */
const STEP_MM: Bounds = [12, 70];
const STEP_RATIO: Bounds = [0.5, 1.6];

/** Volumes lie within the bounds of their level. What reaches a face of the volume, and the topmost, may be smaller. */
export function volumePlausible(spine: Spine, classes: readonly StructureClass[]): GateResult {
  const { spacingMm } = spine.mask.grid;
  const cm3 = (label: number): number => (spine.voxels(label) * spacingMm[0] * spacingMm[1] * spacingMm[2]) / 1000;
  const found = measurable(spine, classes).map((label) => ({
    label,
    value: cm3(label),
    bounds: limits(label).volumeCm3,
  }));
  if (classes.includes('canal') && spine.boxes.has(CANAL)) {
    const { axis } = indexAxisOf(spine.mask.grid, 2);
    const { min, max } = spine.boxes.get(CANAL)!;
    const lengthCm = ((max[axis] - min[axis] + 1) * spacingMm[axis]) / 10;
    found.push({ label: CANAL, value: cm3(CANAL) / lengthCm, bounds: CANAL_CM2 });
  }
  return within('volume-plausible', 'cm³', spine, found);
}

/** Mean heights lie within the bounds of their level. What reaches a face of the volume, and the topmost, may be lower. */
export function heightPlausible(spine: Spine, classes: readonly StructureClass[]): GateResult {
  const found = measurable(spine, classes).map((label) => {
    return { label, value: meanHeightMm(spine, label), bounds: limits(label).heightMm };
  });
  return within('height-plausible', 'mm', spine, found);
}

/** Neighbours of one class lie a plausible step apart; the step to a vertebra that is cut or topmost may be shorter. */
export function spacingPlausible(spine: Spine, classes: readonly StructureClass[]): GateResult {
  const rows = [
    ...(classes.includes('vertebra') ? [spine.vertebraLabels] : []),
    ...(classes.includes('disc') ? [spine.discs] : []),
  ];
  const wrong: { label: number; what: string }[] = [];
  let measured = 0;
  for (const labels of rows) {
    const steps = labels.slice(1).map((label, i) => {
      const mm = Math.hypot(...minus(spine.centreMm(label)!, spine.centreMm(labels[i]!)!));
      return { label, below: labels[i]!, mm };
    });
    measured += steps.length;
    const typical = median(steps.map(({ mm }) => mm));
    for (const { label, below, mm } of steps) {
      const short = mm < STEP_MM[0] || mm < STEP_RATIO[0] * typical;
      const excused = mayBeSmaller(spine, label) || mayBeSmaller(spine, below);
      const long = mm > STEP_MM[1] || mm > STEP_RATIO[1] * typical;
      if (long || (short && !excused)) wrong.push({ label, what: `${below} to ${label}: ${rounded(mm)} mm` });
    }
  }
  return gateResult('spacing-plausible', 'flag', wrong.length === 0, {
    measured: wrong.map(({ what }) => what).join(', ') || `${measured} steps within`,
    expected: `${STEP_MM.join('-')} mm and ${STEP_RATIO.join('-')} of the median step`,
    labels: wrong.map(({ label }) => label),
  });
}

function within(
  gate: string,
  unit: string,
  spine: Spine,
  found: readonly { label: number; value: number; bounds: Bounds }[],
): GateResult {
  const wrong = found.filter(({ label, value, bounds }) => {
    return value > bounds[1] || (value < bounds[0] && !mayBeSmaller(spine, label));
  });
  const unitOf = (label: number): string => (label === CANAL ? 'cm²' : unit);
  const of = (show: (each: (typeof wrong)[number]) => string): string => wrong.map(show).join(', ');
  return gateResult(gate, 'flag', wrong.length === 0, {
    measured: of(({ label, value }) => `${label}: ${rounded(value)} ${unitOf(label)}`) || `${found.length} within`,
    expected:
      of(({ label, bounds }) => `${label}: ${bounds.join('-')} ${unitOf(label)}`) || 'within the bounds of their level',
    labels: wrong.map(({ label }) => label),
  });
}

function measurable(spine: Spine, classes: readonly StructureClass[]): number[] {
  return spine.labels.filter((label) => {
    const structure = structureClass(label);
    return structure !== undefined && structure !== 'canal' && classes.includes(structure);
  });
}

function limits(label: number): Limits {
  const number = isDisc(label) ? label - 200 : completeLabel(label);
  const level = LEVELS.find(({ upTo }) => number <= upTo) ?? LEVELS.at(-1)!;
  return isDisc(label) ? level.disc : level.vertebra;
}

/** Cut by a face, said to be partly in view, or the topmost of its class, which masks often leave unfinished. */
function mayBeSmaller(spine: Spine, label: number): boolean {
  if (label === spine.vertebraLabels.at(-1) || label === spine.discs.at(-1)) return true;
  return isPartialVertebra(label) || spine.atFace(label);
}

/** Voxels over the columns along feet–head that hold any, in mm. */
function meanHeightMm({ mask, boxes }: Spine, label: number): number {
  const { axis } = indexAxisOf(mask.grid, 2);
  const { min, max, voxels } = boxes.get(label)!;
  const [nx, ny] = mask.grid.size;
  const strides = [1, nx, nx * ny];
  const [a, b] = [0, 1, 2].filter((each) => each !== axis) as [number, number];
  let columns = 0;
  for (let i = min[a]!; i <= max[a]!; i++) {
    for (let j = min[b]!; j <= max[b]!; j++) {
      const base = i * strides[a]! + j * strides[b]!;
      let k = min[axis];
      while (k <= max[axis] && mask.voxels[base + k * strides[axis]!] !== label) k++;
      if (k <= max[axis]) columns++;
    }
  }
  return (voxels / columns) * mask.grid.spacingMm[axis];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? 0 : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
