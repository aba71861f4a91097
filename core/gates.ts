import { connectedComponents, largestShare } from './components.ts';
import type { GateResult } from './gate-result.ts';
import { indexToLps, type Grid } from './geometry.ts';
import {
  CANAL,
  completeLabel,
  isDisc,
  isPartialVertebra,
  isVertebra,
  STRUCTURE_CLASSES,
  structureClass,
  type StructureClass,
} from './labels.ts';
import { sameGrid } from './orientation.ts';
import { boundingBoxes, boxSize, cropOf, incompleteVertebrae, type StructureBox } from './structures.ts';
import type { Mask } from './volume.ts';

export interface GateOptions {
  /** Gates about other classes are left out; all three by default. */
  annotatedClasses?: readonly StructureClass[];
}

/** A structure may leave this share of its voxels outside its largest component before it is flagged. */
const FRAGMENT_TOLERANCE = 0.1;

/**
 * Checks a mask before it may become a reference. `refuse` is for what makes a mask unusable (another grid, unknown labels,
 * nothing in it); everything anatomical is a `flag`, since real spines break every rule now and then. Gates about classes that
 * were not annotated are left out of the answer; the others are all there, passed or not.
 */
export function checkMask(mask: Mask, imageGrid: Grid, options: GateOptions = {}): GateResult[] {
  const boxes = boundingBoxes(mask);
  const classes = options.annotatedClasses ?? STRUCTURE_CLASSES;
  const spine = { mask, boxes, labels: [...boxes.keys()] };
  const gates = [sameGridGate(mask, imageGrid), knownLabels(spine), notEmpty(spine)];
  if (classes.includes('vertebra')) gates.push(vertebraeConsecutive(spine), noPartialLabels(spine));
  if (classes.includes('vertebra')) gates.push(ascending('vertebrae-in-order', spine, isVertebra));
  if (classes.includes('disc')) gates.push(discsConsecutive(spine), ascending('discs-in-order', spine, isDisc));
  if (classes.includes('disc') && classes.includes('vertebra'))
    gates.push(discsAtVertebrae(spine), discsBetween(spine));
  if (classes.includes('canal')) gates.push(canalPresent(spine), canalContinuous(spine));
  return [...gates, oneComponent(spine, classes)];
}

interface Spine {
  mask: Mask;
  boxes: Map<number, StructureBox>;
  /** Present labels, ascending. */
  labels: number[];
}

function result(
  gate: string,
  severity: GateResult['severity'],
  passed: boolean,
  measured: string,
  expected: string,
  labels: number[] = [],
): GateResult {
  return { gate, severity, passed, measured, expected, labels: passed ? [] : labels };
}

function list(labels: readonly number[]): string {
  return labels.length === 0 ? 'none' : labels.join(', ');
}

function sameGridGate(mask: Mask, imageGrid: Grid): GateResult {
  const grids = sameGrid(imageGrid, mask.grid);
  if (grids.same) return result('same-grid', 'refuse', true, "the image's grid", "the image's grid");
  return result('same-grid', 'refuse', false, `${grids.field} ${grids.got}`, `${grids.field} ${grids.expected}`);
}

function knownLabels({ labels }: Spine): GateResult {
  const unknown = labels.filter((label) => structureClass(label) === undefined);
  const measured = unknown.length === 0 ? `${labels.length} known labels` : `unknown ${list(unknown)}`;
  return result('known-labels', 'refuse', unknown.length === 0, measured, '1-25, 100, 101-125, 201-225', unknown);
}

function notEmpty({ boxes }: Spine): GateResult {
  const voxels = [...boxes.values()].reduce((sum, box) => sum + box.voxels, 0);
  return result('not-empty', 'refuse', voxels > 0, `${voxels} labelled voxels`, 'at least 1');
}

/** The complete forms of the vertebra labels present, ascending, each once. */
function vertebrae({ labels }: Spine): number[] {
  const numbers = labels.filter((label) => structureClass(label) === 'vertebra').map(completeLabel);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function vertebraeConsecutive(spine: Spine): GateResult {
  const present = vertebrae(spine);
  const missing = missingUpTo(present);
  const passed = present.length > 0 && missing.length === 0;
  return result('vertebrae-consecutive', 'flag', passed, list(present), '1, 2, 3, ... without a gap', missing);
}

function discsConsecutive({ labels }: Spine): GateResult {
  const present = labels.filter(isDisc);
  const missing = missingUpTo(present.map((label) => label - 200)).map((number) => number + 200);
  const passed = present.length > 0 && missing.length === 0;
  return result('discs-consecutive', 'flag', passed, list(present), '201, 202, 203, ... without a gap', missing);
}

function missingUpTo(present: readonly number[]): number[] {
  const last = present.at(-1) ?? 0;
  return Array.from({ length: last }, (_, i) => i + 1).filter((number) => !present.includes(number));
}

/** Every disc lies below a vertebra that is there; one more may lie above the topmost. */
function discsAtVertebrae(spine: Spine): GateResult {
  const present = vertebrae(spine);
  const discs = spine.labels.filter(isDisc);
  const highest = (present.at(-1) ?? 0) + 1;
  const stray = discs.filter((disc) => !present.includes(disc - 200) && disc - 200 !== highest);
  const measured = stray.length === 0 ? `${discs.length} discs` : `without their vertebra: ${list(stray)}`;
  return result(
    'discs-at-vertebrae',
    'flag',
    stray.length === 0,
    measured,
    'each below its vertebra, at most one above',
    stray,
  );
}

/** How far up (mm, LPS z) the centre of a structure lies. */
function heightMm({ mask, boxes }: Spine, label: number): number | undefined {
  const box = boxes.get(label);
  return box && indexToLps(mask.grid, box.centre)[2];
}

function ascending(gate: string, spine: Spine, member: (label: number) => boolean): GateResult {
  const own = spine.labels.filter((label) => member(completeLabel(label)));
  own.sort((a, b) => completeLabel(a) - completeLabel(b));
  const below = own.filter((label, i) => i > 0 && heightMm(spine, label)! < heightMm(spine, own[i - 1]!)!);
  const measured = below.length === 0 ? 'ascending' : `lower than the one before: ${list(below)}`;
  return result(gate, 'flag', below.length === 0, measured, 'centres that rise with the label', below);
}

/** A disc's centre lies below the centre of its vertebra and above that of the vertebra beneath. */
function discsBetween(spine: Spine): GateResult {
  const height = (vertebra: number): number | undefined =>
    vertebra < 1 ? undefined : (heightMm(spine, vertebra) ?? heightMm(spine, vertebra + 100));
  const misplaced = spine.labels.filter(isDisc).filter((disc) => {
    const own = heightMm(spine, disc)!;
    return own > (height(disc - 200) ?? Infinity) || own < (height(disc - 201) ?? -Infinity);
  });
  const measured = misplaced.length === 0 ? 'between' : `misplaced: ${list(misplaced)}`;
  return result(
    'discs-between-vertebrae',
    'flag',
    misplaced.length === 0,
    measured,
    'between its two vertebrae',
    misplaced,
  );
}

function canalPresent({ boxes }: Spine): GateResult {
  const voxels = boxes.get(CANAL)?.voxels ?? 0;
  return result('canal-present', 'flag', voxels > 0, `${voxels} voxels`, 'at least 1', [CANAL]);
}

function canalContinuous(spine: Spine): GateResult {
  const share = spine.boxes.has(CANAL) ? shareOf(spine, CANAL) : 1;
  const expected = `${percent(1 - FRAGMENT_TOLERANCE)} or more in one piece`;
  return result('canal-continuous', 'flag', share >= 1 - FRAGMENT_TOLERANCE, percent(share), expected, [CANAL]);
}

/** Vertebrae and discs in one piece each. Cut vertebrae are excused: beyond the edge their parts may well meet. */
function oneComponent(spine: Spine, classes: readonly StructureClass[]): GateResult {
  const excused = new Set(incompleteVertebrae(spine.mask, spine.boxes));
  const checked = spine.labels.filter((label) => {
    const structure = structureClass(label);
    if (structure === undefined || structure === 'canal' || !classes.includes(structure)) return false;
    return structure === 'disc' || !excused.has(completeLabel(label));
  });
  const shares = checked.map((label) => ({ label, share: shareOf(spine, label) }));
  const split = shares.filter(({ share }) => share < 1 - FRAGMENT_TOLERANCE);
  const measured =
    split.map(({ label, share }) => `${label}: ${percent(share)}`).join(', ') || `${checked.length} in one piece`;
  const expected = `${percent(1 - FRAGMENT_TOLERANCE)} or more of each in one piece`;
  return result(
    'one-component',
    'flag',
    split.length === 0,
    measured,
    expected,
    split.map(({ label }) => label),
  );
}

function shareOf({ mask, boxes }: Spine, label: number): number {
  const box = boxes.get(label)!;
  return largestShare(connectedComponents(cropOf(mask, box, [label]), boxSize(box), 26));
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function noPartialLabels({ labels }: Spine): GateResult {
  const partial = labels.filter(isPartialVertebra);
  return result(
    'no-partial-labels',
    'flag',
    partial.length === 0,
    list(partial),
    'none of 101-125 in a reference',
    partial,
  );
}
