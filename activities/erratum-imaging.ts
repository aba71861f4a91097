import type { Reference } from '../core/catalog.ts';
import { erratumHint, type ErratumPlan } from '../core/erratum-plan.ts';
import type { GateResult } from '../core/gate-result.ts';
import { checkMask } from '../core/gates.ts';
import { structureClass, STRUCTURE_CLASSES } from '../core/labels.ts';
import type { StructureDoubt } from '../core/review.ts';
import { voxelChanges } from '../core/scores.ts';
import { boundingBoxes, incompleteVertebrae, labelsOf } from '../core/structures.ts';
import type { Mask } from '../core/volume.ts';
import type { StoreDeps } from './dataset.ts';
import { failed, readGrid } from './imaging.ts';
import { readMask, storeVolume } from './ingest.ts';

/** CPU work on the masks that errata are about. */
export function createErratumImagingActivities(deps: StoreDeps) {
  return {
    /** A reference as a review task shows it: its structures, those spoken of as doubtful as can be, and what is said, among the gates. */
    async showReference({
      plan,
    }: {
      plan: ErratumPlan;
    }): Promise<{ structures: StructureDoubt[]; gates: GateResult[] }> {
      const { image, reference, errata, series } = plan;
      const mask = await readMask(deps, reference.mask, `mask of ${series}`);
      const grid = await readGrid(deps, image);
      const spokenOf = new Set(errata.map(({ label }) => label));
      const structures = [...boundingBoxes(mask)].map(([label, { voxels }]) => ({
        label,
        voxels,
        doubt: spokenOf.has(label) || spokenOf.has(null) ? 1 : 0,
      }));
      const gates = checkMask(mask, grid, { annotatedClasses: reference.annotatedClasses });
      return { structures, gates: [...errata.map(erratumHint), ...failed(gates)] };
    },

    /**
     * A correction of a reference as the reference it becomes: classes that the verdict doesn't answer for stay as they were, vertebrae
     * marked as incomplete before stay so, and what changed is counted against the reference that was shown.
     */
    async completeCorrection(input: { plan: ErratumPlan; reference: Reference }): Promise<Reference> {
      const { plan, reference } = input;
      const before = await readMask(deps, plan.reference.mask, `mask of ${plan.series}`);
      const corrected = await readMask(deps, reference.mask, `correction of ${plan.series}`);
      const mask = completed(before, corrected, plan.reference, reference);
      const { voxelsChanged, dice } = voxelChanges(before, mask);
      const labels = labelsOf(mask);
      const kept = plan.reference.incompleteVertebrae.filter((label) => labels.includes(label));
      const incomplete = new Set([...incompleteVertebrae(mask), ...reference.incompleteVertebrae, ...kept]);
      return {
        ...reference,
        mask: await storeVolume(deps, mask),
        voxelsChanged,
        diceToBase: dice,
        labels,
        incompleteVertebrae: [...incomplete].sort((a, b) => a - b),
      };
    },
  };
}

/** The correction, and under it the classes of the earlier reference that it doesn't answer for. */
function completed(before: Mask, corrected: Mask, old: Reference, recent: Reference): Mask {
  const kept = STRUCTURE_CLASSES.filter(
    (name) => old.annotatedClasses.includes(name) && !recent.annotatedClasses.includes(name),
  );
  if (kept.length === 0) return corrected;
  const voxels = corrected.voxels.slice();
  for (let at = 0; at < voxels.length; at++) {
    const own = structureClass(before.voxels[at]!);
    if (voxels[at] === 0 && own !== undefined && kept.includes(own)) voxels[at] = before.voxels[at]!;
  }
  return { ...corrected, voxels };
}
