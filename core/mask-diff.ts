import { completeLabel, type StructureClass } from './labels.ts';
import { axisAcross, planeSlice, type PlaneSlice } from './plane-slice.ts';
import { voxelChanges } from './scores.ts';
import { StructurePairs, type MaskStructure } from './structure-pairs.ts';
import type { Mask } from './volume.ts';

/** Two structures are one and the same, whatever their labels, from this Dice on. */
const SAME_STRUCTURE_DICE = 0.5;
/** Masks hold labels 0–255. */
const LABELS = 256;

/** One structure in an older and a newer mask. A label is null on the side that does not have it. */
export interface StructureChange {
  class: StructureClass;
  before: number | null;
  after: number | null;
  voxelsBefore: number;
  voxelsAfter: number;
  /** Voxels that only one of the two has. */
  voxelsChanged: number;
  dice: number;
}

/** Neighbouring labels that all became others by the same step: `first`…`last` are the older ones, `shift` is added to each. */
export interface Renumbering {
  class: StructureClass;
  first: number;
  last: number;
  shift: number;
}

export interface MaskDiff {
  /** Voxels whose label differs. */
  voxelsChanged: number;
  /** Those among them that a renumbering does not explain. */
  voxelsRedrawn: number;
  /** Label-wise agreement over the foreground: 2·|same label| / (|before| + |after|). */
  dice: number;
  /** Every structure of either mask, ascending by its older label, then by its newer one. */
  structures: StructureChange[];
  renumbered: Renumbering[];
}

/**
 * Holds a newer mask against an older one on the same grid. A structure keeps its identity when its label changes: within a class
 * the pairs with the largest Dice go together as long as it is 0.5 or more, then what is left by label.
 * Throws InvalidInputError when the grids differ or a label is not in 0–255.
 */
export function diffMasks(before: Mask, after: Mask): MaskDiff {
  const pairs = new StructurePairs(before, after);
  const structures = structureChanges(pairs);
  const renamed = new Map(structures.flatMap((each) => (each.before === null ? [] : [[each.before, each.after]])));
  return {
    ...voxelChanges(before, after),
    voxelsRedrawn: redrawn(before, after, renamed),
    structures,
    renumbered: renumberings(structures),
  };
}

function structureChanges(pairs: StructurePairs): StructureChange[] {
  const { references: old, predictions: recent } = pairs;
  const candidates = old.flatMap((a) =>
    recent
      .filter((b) => b.class === a.class)
      .map((b) => ({ a, b, dice: pairs.dice(a, b.label) }))
      .filter(({ a: { label }, b, dice }) => dice >= SAME_STRUCTURE_DICE || label === b.label),
  );
  const sure = (dice: number) => (dice >= SAME_STRUCTURE_DICE ? dice : -1);
  candidates.sort((p, q) => sure(q.dice) - sure(p.dice) || p.a.label - q.a.label || p.b.label - q.b.label);
  const partner = new Map<MaskStructure, MaskStructure>();
  const taken = new Set<MaskStructure>();
  for (const { a, b } of candidates) {
    if (partner.has(a) || taken.has(b)) continue;
    partner.set(a, b);
    taken.add(b);
  }
  const changes = [
    ...old.map((a) => structureChange(pairs, a, partner.get(a))),
    ...recent.filter((b) => !taken.has(b)).map((b) => structureChange(pairs, undefined, b)),
  ];
  const order = ({ before, after }: StructureChange) => 1000 * (before ?? after!) + (after ?? 0);
  return changes.sort((p, q) => order(p) - order(q));
}

function structureChange(
  pairs: StructurePairs,
  a: MaskStructure | undefined,
  b: MaskStructure | undefined,
): StructureChange {
  const common = a && b ? pairs.common(a.label, b.label) : 0;
  const [voxelsBefore, voxelsAfter] = [a?.voxels ?? 0, b?.voxels ?? 0];
  return {
    class: (a ?? b)!.class,
    before: a?.label ?? null,
    after: b?.label ?? null,
    voxelsBefore,
    voxelsAfter,
    voxelsChanged: voxelsBefore + voxelsAfter - 2 * common,
    dice: (2 * common) / (voxelsBefore + voxelsAfter),
  };
}

/** Voxels that differ when the older mask is numbered as the newer one. */
function redrawn(before: Mask, after: Mask, renamed: ReadonlyMap<number, number | null>): number {
  const complete = Int16Array.from({ length: LABELS }, (_, label) => completeLabel(label));
  // A structure that is gone differs wherever it was.
  const named = complete.map((label) => (renamed.get(label) === null ? -1 : (renamed.get(label) ?? label)));
  let count = 0;
  for (let at = 0; at < before.voxels.length; at++) {
    if (named[before.voxels[at]!] !== complete[after.voxels[at]!]) count++;
  }
  return count;
}

/** The sagittal slice in which most voxels differ, seen from the patient's left; the first one when none does. */
export function mostChangedSlice(before: Mask, after: Mask): PlaneSlice {
  const { size } = before.grid;
  const axis = axisAcross(before.grid, 'sagittal');
  const counts = new Int32Array(size[axis]);
  const stride = size.slice(0, axis).reduce((product, n) => product * n, 1);
  for (let at = 0; at < before.voxels.length; at++) {
    if (before.voxels[at] !== after.voxels[at]) counts[Math.floor(at / stride) % size[axis]]!++;
  }
  return planeSlice(before.grid, 'sagittal', counts.indexOf(Math.max(...counts)));
}

function renumberings(structures: readonly StructureChange[]): Renumbering[] {
  const runs: Renumbering[] = [];
  for (const { class: own, before, after } of structures) {
    if (before === null || after === null || before === after) continue;
    const run = runs.at(-1);
    if (run?.class === own && run.last === before - 1 && run.shift === after - before) run.last = before;
    else runs.push({ class: own, first: before, last: before, shift: after - before });
  }
  return runs;
}
