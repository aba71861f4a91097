import type { GateFix, GateResult } from './gate-result.ts';
import type { Grid } from './geometry.ts';
import {
  discsAtVertebrae,
  discsBetween,
  discsConsecutive,
  inOrder,
  knownLabels,
  noPartialLabels,
  notEmpty,
  sameGridGate,
  vertebraeConsecutive,
} from './gates/labels.ts';
import { archAtBody, canalContinuous, canalPresent, noStrayPieces, oneComponent } from './gates/pieces.ts';
import { heightPlausible, spacingPlausible, volumePlausible } from './gates/plausible.ts';
import { renumbering } from './gates/renumber.ts';
import { Spine } from './gates/spine.ts';
import { STRUCTURE_CLASSES, type StructureClass } from './labels.ts';
import type { Mask } from './volume.ts';

export { countsOf, crossSeriesGates, type SeriesCounts } from './gates/cross-series.ts';
export { applyFix, applyFixes } from './gates/fixes.ts';

export interface GateOptions {
  /** Gates about other classes are left out; all three by default. */
  annotatedClasses?: readonly StructureClass[];
}

/** Gates that a wrong numbering fails; the first of them to fail carries the renumbering, if there is just one. */
const NUMBERING_GATES = new Set([
  'vertebrae-consecutive',
  'vertebrae-in-order',
  'discs-consecutive',
  'discs-in-order',
  'discs-at-vertebrae',
  'discs-between-vertebrae',
]);

/**
 * Checks a mask before it may become a reference. `refuse` is for what makes a mask unusable (another grid, unknown labels,
 * nothing in it); everything anatomical is a `flag`, since real spines break every rule now and then. Gates about classes that
 * were not annotated are left out of the answer; the others are all there, passed or not. docs/gates.md describes each.
 * One pass over the volume, then work within the boxes of structures. The mask is not changed: see `fix` of a result.
 */
export function checkMask(mask: Mask, imageGrid: Grid, options: GateOptions = {}): GateResult[] {
  const classes = options.annotatedClasses ?? STRUCTURE_CLASSES;
  const has = (...wanted: StructureClass[]): boolean => wanted.every((each) => classes.includes(each));
  const spine = new Spine(mask);
  const gates = [sameGridGate(spine, imageGrid), knownLabels(spine), notEmpty(spine)];
  if (has('vertebra'))
    gates.push(vertebraeConsecutive(spine), noPartialLabels(spine), inOrder('vertebrae-in-order', spine));
  if (has('disc')) gates.push(discsConsecutive(spine), inOrder('discs-in-order', spine));
  if (has('disc', 'vertebra')) gates.push(discsAtVertebrae(spine), discsBetween(spine));
  if (has('canal')) gates.push(canalPresent(spine), canalContinuous(spine));
  gates.push(oneComponent(spine, classes), noStrayPieces(spine, classes));
  if (has('vertebra')) gates.push(archAtBody(spine));
  gates.push(volumePlausible(spine, classes), heightPlausible(spine, classes), spacingPlausible(spine, classes));
  return has('vertebra') ? withRenumbering(gates, spine) : gates;
}

/** Checks a mask that a person will look at: a proposal may mark a vertebra as partly in view, only a reference may not. */
export function checkProposal(mask: Mask, imageGrid: Grid): GateResult[] {
  return checkMask(mask, imageGrid).filter(({ gate }) => gate !== 'no-partial-labels');
}

/** The fixes that a check proposes. */
export function fixesOf(results: readonly GateResult[]): GateFix[] {
  return results.flatMap(({ fix }) => (fix ? [fix] : []));
}

function withRenumbering(gates: readonly GateResult[], spine: Spine): GateResult[] {
  const failing = gates.find(({ gate, passed }) => !passed && NUMBERING_GATES.has(gate));
  const fix = failing && renumbering(spine);
  return gates.map((gate) => (fix && gate === failing ? { ...gate, fix } : gate));
}
