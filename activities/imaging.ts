import { propagateMask } from '../adapters/propagation.ts';
import type { StoredVolume } from '../core/catalog.ts';
import type { GateResult } from '../core/gate-result.ts';
import { checkMask, checkProposal } from '../core/gates.ts';
import type { Grid } from '../core/geometry.ts';
import { STRUCTURE_CLASSES, type StructureClass } from '../core/labels.ts';
import { parseMhaHeader } from '../core/mha.ts';
import type { Propagation } from '../core/plans.ts';
import { compareMasks, type StructureScore } from '../core/scores.ts';
import type { Proposal } from '../core/segmentation.ts';
import { boundingBoxes } from '../core/structures.ts';
import type { StoreDeps } from './dataset.ts';
import { readMask, readVolume, storeVolume } from './ingest.ts';

/** CPU work on voxels: carrying masks over, gates, scores. */
export function createImagingActivities(deps: StoreDeps) {
  return {
    /** Carries a SPACE mask over to another series of the study; how far the two seem shifted becomes the doubt. */
    async propagateMask(item: Propagation): Promise<Omit<Proposal, 'modelDigest'>> {
      const start = performance.now();
      const [targetImage, sourceImage, mask] = await Promise.all([
        readVolume(deps, item.image, item.series),
        readVolume(deps, item.source.image, item.source.series),
        readMask(deps, item.source.mask, `mask of ${item.source.series}`),
      ]);
      const carried = await propagateMask({ mask, sourceImage, targetImage });
      const doubt = carried.misalignment;
      const structures = [...boundingBoxes(carried.mask)].map(([label, { voxels }]) => ({ label, voxels, doubt }));
      return {
        mask: await storeVolume(deps, carried.mask),
        doubt,
        structures,
        gates: failed(checkMask(carried.mask, targetImage.grid)),
        passes: 0,
        seconds: (performance.now() - start) / 1000,
      };
    },

    /** The gates a proposal does not pass: hints for its reviewer. */
    async checkProposal(input: { image: StoredVolume; mask: StoredVolume }): Promise<GateResult[]> {
      const mask = await readMask(deps, input.mask, 'proposal');
      const grid = await readGrid(deps, input.image);
      return failed(checkProposal(mask, grid));
    },

    /** Scores a mask against a reference, structure by structure, for the classes that were annotated. */
    async scoreMask(input: {
      reference: StoredVolume;
      prediction: StoredVolume;
      annotatedClasses: StructureClass[];
    }): Promise<StructureScore[]> {
      const reference = await readMask(deps, input.reference, 'reference');
      const prediction = await readMask(deps, input.prediction, 'prediction');
      const classes = STRUCTURE_CLASSES.filter((name) => input.annotatedClasses.includes(name));
      return compareMasks(reference, prediction, { classes });
    },
  };
}

/** The grid of a stored volume. */
export async function readGrid(deps: StoreDeps, stored: StoredVolume): Promise<Grid> {
  return parseMhaHeader(await deps.store.getObject(stored.digest), 'image').grid;
}

export function failed(gates: readonly GateResult[]): GateResult[] {
  return gates.filter(({ passed }) => !passed);
}
