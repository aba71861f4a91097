import type { Grid } from '../../core/geometry.ts';
import { completeLabel, structureClass, type StructureClass } from '../../core/labels.ts';
import { voxelChanges } from '../../core/scores.ts';
import type { Mask } from '../../core/volume.ts';
import type { Lots } from './lots.ts';
import { paintStructures } from './redrawing.ts';
import { noticeProbability, type ReviewerSkill, type WorkDone } from './skill.ts';
import { isNumbered, structureErrors, type StructureErrors } from './structure-errors.ts';

/** What a reviewer measures itself against: never shown to the loop, known to the simulation only. */
export interface Truth {
  mask: Mask;
  /** The classes that the mask tells anything about; the reviewer answers for no other. */
  annotatedClasses: readonly StructureClass[];
}

/** What became of the errors of one proposal. */
export interface Findings extends WorkDone {
  /** Structures with another shape than the truth, missing or superfluous; a wrong numbering counts once more. */
  errors: number;
  noticed: number;
  /** Labels after the correction. */
  redrawn: number[];
  added: number[];
  /** Labels of the proposal. */
  removed: number[];
  voxelsChanged: number;
}

export interface Correction {
  /** On the image's grid, vertebrae as 1–25; classes not answered for and unknown labels are left in it. */
  mask: Mask;
  findings: Findings;
}

/** What the reviewer sees and means to do. */
interface Plan {
  /** Pairs to be drawn anew. */
  redrawn: StructureErrors['pairs'];
  added: number[];
  removed: Set<number>;
  renumbered: boolean;
}

/**
 * Corrects a proposal the way a reviewer of this skill would. `truth` is on the proposal's grid; `grid` is the one to write, the
 * image's own. Equal input gives an equal correction.
 *   1. Every error is noticed or not, by a draw of its own (`noticeProbability`, `addsMissed`, …).
 *   2. Whoever adds or removes a vertebra or a disc sees the numbering too. A wrong numbering is put right as a whole; one that is
 *      not seen stays, also on structures that are redrawn. A superfluous structure whose number is needed goes.
 *   3. What is noticed is taken out and drawn anew, close to the truth, over whatever is there; what strays beyond the truth takes
 *      background only.
 *   4. What is not noticed stays as the model made it.
 */
export function correctProposal(input: {
  proposal: Mask;
  truth: Truth;
  grid: Grid;
  skill: ReviewerSkill;
  lots: Lots;
}): Correction {
  const { proposal, truth, grid, skill, lots } = input;
  const shapes: Mask = { ...truth.mask, voxels: truth.mask.voxels.map(completeLabel) };
  const errors = structureErrors(shapes.voxels, proposal.voxels, truth.annotatedClasses);
  const plan = planOf(errors, skill, lots);
  const labelOf = relabelling(errors, plan, truth.annotatedClasses);
  const voxels = proposal.voxels.map((label) => labelOf[label]!);
  const drawn = [
    ...plan.redrawn.map(({ label, proposed }) => ({ shape: label, label: plan.renumbered ? label : proposed })),
    ...plan.added.map((label) => ({ shape: label, label })),
  ];
  const mask: Mask = { grid, element: 'SHORT', voxels };
  paintStructures(mask, shapes, drawn, skill.borderSigmaVoxels, lots);
  return { mask, findings: findingsOf(errors, plan, proposal, mask) };
}

function planOf(errors: StructureErrors, skill: ReviewerSkill, lots: Lots): Plan {
  const unbiased = 1 - skill.anchoring;
  const happens = (about: string, probability: number): boolean => lots.uniform(about) < probability;
  const redrawn = errors.pairs.filter(({ label, deficit }) =>
    happens(`shape of ${label}`, noticeProbability(skill, deficit)),
  );
  const added = errors.missed.filter((label) => happens(`missing ${label}`, unbiased * skill.addsMissed));
  const removed = new Set(errors.extra.filter((label) => happens(`extra ${label}`, unbiased * skill.removesExtra)));
  const recounted = [...added, ...removed].some(isNumbered) || happens('numbering', unbiased * skill.fixesNumbering);
  const renumbered = errors.misnumbered && recounted;
  const needed = new Set([...added, ...(renumbered ? errors.pairs.map(({ label }) => label) : [])]);
  for (const label of errors.extra) if (needed.has(label)) removed.add(label);
  return { redrawn, added, removed, renumbered };
}

/** What becomes of each label of the proposal before anything is drawn. */
function relabelling(
  { pairs }: StructureErrors,
  { redrawn, removed, renumbered }: Plan,
  classes: readonly StructureClass[],
): Int16Array {
  const complete = new Map(pairs.map(({ label, proposed }) => [proposed, renumbered ? label : proposed]));
  for (const { proposed } of redrawn) complete.set(proposed, 0);
  for (const label of removed) complete.set(label, 0);
  return Int16Array.from({ length: 256 }, (_, label) => {
    const structure = structureClass(label);
    const answered = structure !== undefined && classes.includes(structure);
    return answered ? (complete.get(completeLabel(label)) ?? completeLabel(label)) : completeLabel(label);
  });
}

function findingsOf(errors: StructureErrors, plan: Plan, proposal: Mask, corrected: Mask): Findings {
  const { redrawn, added, removed, renumbered } = plan;
  const wrong = errors.pairs.filter(({ deficit }) => deficit > 0);
  const { voxelsChanged } = voxelChanges(proposal, corrected);
  const [x, y, z] = corrected.grid.spacingMm;
  const structures = redrawn.length + added.length + removed.size;
  return {
    errors: wrong.length + errors.missed.length + errors.extra.length + (errors.misnumbered ? 1 : 0),
    noticed: structures + (renumbered ? 1 : 0),
    structures,
    redrawn: redrawn.map(({ label, proposed }) => (renumbered ? label : proposed)),
    added,
    removed: [...removed].sort((a, b) => a - b),
    renumbered,
    voxelsChanged,
    changedCm3: (voxelsChanged * x * y * z) / 1000,
  };
}
