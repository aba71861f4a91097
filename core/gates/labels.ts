import { gateResult, type GateResult } from '../gate-result.ts';
import type { Grid } from '../geometry.ts';
import { isPartialVertebra, structureClass } from '../labels.ts';
import { sameGrid } from '../orientation.ts';
import type { Spine } from './spine.ts';

/** The gates about which labels there are and in what order; measured on boxes and centres alone. */

export function sameGridGate({ mask }: Spine, imageGrid: Grid): GateResult {
  const grids = sameGrid(imageGrid, mask.grid);
  const [measured, expected] = grids.same
    ? ["the image's grid", "the image's grid"]
    : [`${grids.field} ${grids.got}`, `${grids.field} ${grids.expected}`];
  return gateResult('same-grid', 'refuse', grids.same, { measured, expected });
}

export function knownLabels({ labels }: Spine): GateResult {
  const unknown = labels.filter((label) => structureClass(label) === undefined);
  const measured = unknown.length === 0 ? `${labels.length} known labels` : `unknown ${list(unknown)}`;
  return gateResult('known-labels', 'refuse', unknown.length === 0, {
    measured,
    expected: '1-25, 100, 101-125, 201-225',
    labels: unknown,
  });
}

export function notEmpty({ boxes }: Spine): GateResult {
  const voxels = [...boxes.values()].reduce((sum, box) => sum + box.voxels, 0);
  return gateResult('not-empty', 'refuse', voxels > 0, {
    measured: `${voxels} labelled voxels`,
    expected: 'at least 1',
  });
}

export function vertebraeConsecutive({ vertebrae }: Spine): GateResult {
  const missing = missingUpTo(vertebrae);
  const passed = vertebrae.length > 0 && missing.length === 0;
  return gateResult('vertebrae-consecutive', 'flag', passed, {
    measured: list(vertebrae),
    expected: '1, 2, 3, ... without a gap',
    labels: missing,
  });
}

export function noPartialLabels({ labels }: Spine): GateResult {
  const partial = labels.filter(isPartialVertebra);
  return gateResult('no-partial-labels', 'flag', partial.length === 0, {
    measured: list(partial),
    expected: 'none of 101-125 in a reference',
    labels: partial,
  });
}

export function discsConsecutive({ discs }: Spine): GateResult {
  const missing = missingUpTo(discs.map((label) => label - 200)).map((number) => number + 200);
  return gateResult('discs-consecutive', 'flag', discs.length > 0 && missing.length === 0, {
    measured: list(discs),
    expected: '201, 202, 203, ... without a gap',
    labels: missing,
  });
}

/** Every disc lies below a vertebra that is there; one more may lie above the topmost. */
export function discsAtVertebrae({ vertebrae, discs }: Spine): GateResult {
  const highest = (vertebrae.at(-1) ?? 0) + 1;
  const stray = discs.filter((disc) => !vertebrae.includes(disc - 200) && disc - 200 !== highest);
  return gateResult('discs-at-vertebrae', 'flag', stray.length === 0, {
    measured: stray.length === 0 ? `${discs.length} discs` : `without their vertebra: ${list(stray)}`,
    expected: 'each below its vertebra, at most one above',
    labels: stray,
  });
}

/** Centres rise with the label. */
export function inOrder(gate: 'vertebrae-in-order' | 'discs-in-order', spine: Spine): GateResult {
  const own = gate === 'discs-in-order' ? spine.discs : spine.vertebraLabels;
  const below = own.filter((label, i) => i > 0 && spine.heightMm(label)! < spine.heightMm(own[i - 1]!)!);
  return gateResult(gate, 'flag', below.length === 0, {
    measured: below.length === 0 ? 'ascending' : `lower than the one before: ${list(below)}`,
    expected: 'centres that rise with the label',
    labels: below,
  });
}

/** A disc's centre lies below the centre of its vertebra and above that of the vertebra beneath. */
export function discsBetween(spine: Spine): GateResult {
  const height = (vertebra: number): number | undefined =>
    vertebra < 1 ? undefined : (spine.heightMm(vertebra) ?? spine.heightMm(vertebra + 100));
  const misplaced = spine.discs.filter((disc) => {
    const own = spine.heightMm(disc)!;
    return own > (height(disc - 200) ?? Infinity) || own < (height(disc - 201) ?? -Infinity);
  });
  return gateResult('discs-between-vertebrae', 'flag', misplaced.length === 0, {
    measured: misplaced.length === 0 ? 'between' : `misplaced: ${list(misplaced)}`,
    expected: 'between its two vertebrae',
    labels: misplaced,
  });
}

function missingUpTo(present: readonly number[]): number[] {
  const last = present.at(-1) ?? 0;
  return Array.from({ length: last }, (_, i) => i + 1).filter((number) => !present.includes(number));
}

export function list(labels: readonly number[]): string {
  return labels.length === 0 ? 'none' : labels.join(', ');
}
