import { MissingObjectError } from '../adapters/object-store.ts';
import { asMask, decodeMha } from '../adapters/volume.ts';
import type { Reference } from '../core/catalog.ts';
import { refusals, type GateResult } from '../core/gate-result.ts';
import { checkMask } from '../core/gates.ts';
import { placedOn } from '../core/grid-fit.ts';
import type { Grid } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { STRUCTURE_CLASSES } from '../core/labels.ts';
import { cutVertebrae, referenceOf } from '../core/reference-mask.ts';
import type { ReviewInput, SubmitRequest, SubmitResult } from '../core/review.ts';
import { voxelChanges } from '../core/scores.ts';
import { labelsOf } from '../core/structures.ts';
import type { Mask } from '../core/volume.ts';
import type { StoreDeps } from './dataset.ts';
import { failed, readGrid } from './imaging.ts';
import { readMask, storeVolume } from './ingest.ts';

export interface CheckedVerdict {
  result: SubmitResult;
  /** Set when the verdict was accepted with a mask. */
  reference: Reference | null;
}

/** Takes a reviewer's verdict through the gates. */
export function createVerdictActivities(deps: StoreDeps) {
  return {
    /**
     * Turns a verdict into a reference: the proposal as it is, or the uploaded correction. What the gates refuse (an unreadable
     * file included) goes back to the reviewer as reasons; the upload stays where it is. Idempotent: stores by digest only.
     */
    async checkVerdict({ input, request }: { input: ReviewInput; request: SubmitRequest }): Promise<CheckedVerdict> {
      const { verdict } = request;
      if (verdict.verdict === 'exclude') return { result: { outcome: 'excluded', gates: [] }, reference: null };
      const grid = await readGrid(deps, input.image);
      const proposal = await readMask(deps, input.proposal, 'proposal');
      const classes = (verdict.verdict === 'correct' && verdict.annotatedClasses) || [...STRUCTURE_CLASSES];
      const submitted =
        verdict.verdict === 'accept' ? proposal : await readCorrection(deps, input.task, verdict.upload, grid);
      if ('gate' in submitted) return { result: { outcome: 'refused', gates: [submitted] }, reference: null };

      const onGrid = checkMask(submitted, grid, { annotatedClasses: classes });
      const mask = referenceOf(submitted, grid, classes);
      const gates = refusals(onGrid).length > 0 ? onGrid : checkMask(mask, grid, { annotatedClasses: classes });
      if (refusals(gates).length > 0) return { result: { outcome: 'refused', gates: failed(gates) }, reference: null };

      const changes = voxelChanges(referenceOf(proposal, grid, classes), mask);
      const reference: Reference = {
        mask: await storeVolume(deps, mask),
        origin: changes.voxelsChanged === 0 ? 'accepted' : 'corrected',
        base: input.kind === 'misalignment' ? 'propagated' : 'proposal',
        baseDigest: input.proposal.digest,
        modelDigest: input.modelDigest,
        round: input.round,
        reviewer: request.reviewer,
        minutes: request.minutes,
        voxelsChanged: changes.voxelsChanged,
        diceToBase: changes.dice,
        labels: labelsOf(mask),
        incompleteVertebrae: cutVertebrae(mask, submitted),
        annotatedClasses: classes,
      };
      return { result: { outcome: 'accepted', gates: failed(gates) }, reference };
    },
  };
}

/** On the image's grid where a signed permutation of its axes brings it there: editors store voxels in an order of their own. */
async function readCorrection(
  deps: StoreDeps,
  task: string,
  upload: { digest: string },
  grid: Grid,
): Promise<Mask | GateResult> {
  try {
    const volume = await decodeMha(await deps.store.getUpload(task, upload.digest), 'correction');
    return placedOn(asMask(volume, 'correction'), grid);
  } catch (error) {
    if (error instanceof MissingObjectError) {
      return refusal('uploaded', 'the corrected mask, uploaded before it is submitted', 'no such upload');
    }
    if (error instanceof InvalidInputError) return refusal('readable', `${error.field}: ${error.expected}`, error.got);
    throw error;
  }
}

function refusal(gate: string, expected: string, measured: string): GateResult {
  return { gate, severity: 'refuse', passed: false, measured, expected, labels: [] };
}
