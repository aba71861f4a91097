import { MissingObjectError } from '../adapters/object-store.ts';
import { asMask, decodeMha } from '../adapters/volume.ts';
import type { Reference, StoredVolume } from '../core/catalog.ts';
import { refusals, type GateResult } from '../core/gate-result.ts';
import { checkMask } from '../core/gates.ts';
import { placedOn } from '../core/grid-fit.ts';
import type { Grid } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { STRUCTURE_CLASSES } from '../core/labels.ts';
import { diffMasks } from '../core/mask-diff.ts';
import { cutVertebrae, referenceOf } from '../core/reference-mask.ts';
import type { MaskEntry, ReviewInput, SubmitRequest, SubmitResult } from '../core/review.ts';
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
  /** What was handed in, held against what the reviewer was shown. */
  mask?: Omit<MaskEntry, 'at' | 'by' | 'minutes'>;
}

const BASE: Record<ReviewInput['kind'], Reference['base']> = {
  misalignment: 'propagated',
  proposal: 'proposal',
  blind: 'none',
  adjudication: 'proposal',
  audit: 'proposal',
  erratum: 'reference',
};

/** Takes a reviewer's verdict through the gates. */
export function createVerdictActivities(deps: StoreDeps) {
  return {
    /**
     * Turns a verdict into a reference: the proposal as it is, or the uploaded correction. What the gates refuse (an unreadable
     * file included) goes back to the reviewer as reasons; the upload stays where it is. Idempotent: stores by digest only.
     * `current`: what the reviewer was shown, where it is not the proposal any more. A reference is held against the proposal, the
     * mask's entry in the history against `current`.
     */
    async checkVerdict({
      input,
      request,
      current = input.proposal,
    }: {
      input: ReviewInput;
      request: SubmitRequest;
      current?: StoredVolume;
    }): Promise<CheckedVerdict> {
      const { verdict } = request;
      if (verdict.verdict === 'exclude') return { result: { outcome: 'excluded', gates: [] }, reference: null };
      if (verdict.verdict === 'send-back') {
        throw new InvalidInputError(`task ${input.task}`, 'verdict', 'a verdict on a mask', verdict.verdict);
      }
      const grid = await readGrid(deps, input.image);
      const proposal = await readMask(deps, input.proposal, 'proposal');
      const classes = (verdict.verdict === 'correct' && verdict.annotatedClasses) || [...STRUCTURE_CLASSES];
      const shown = current.digest === input.proposal.digest ? proposal : await readMask(deps, current, 'mask');
      const submitted =
        verdict.verdict === 'accept' ? shown : await readCorrection(deps, input.task, verdict.upload, grid);
      if ('gate' in submitted) return { result: { outcome: 'refused', gates: [submitted] }, reference: null };

      const onGrid = checkMask(submitted, grid, { annotatedClasses: classes });
      const mask = referenceOf(submitted, grid, classes);
      const gates = refusals(onGrid).length > 0 ? onGrid : checkMask(mask, grid, { annotatedClasses: classes });
      if (refusals(gates).length > 0) return { result: { outcome: 'refused', gates: failed(gates) }, reference: null };

      const changes = voxelChanges(referenceOf(proposal, grid, classes), mask);
      const reference: Reference = {
        mask: await storeVolume(deps, mask),
        origin: changes.voxelsChanged === 0 ? 'accepted' : 'corrected',
        base: BASE[input.kind],
        baseDigest: input.kind === 'blind' ? null : input.proposal.digest,
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
      const entry = {
        mask: reference.mask,
        baseDigest: current.digest,
        ...changesOf(referenceOf(shown, grid, classes), mask),
      };
      return { result: { outcome: 'accepted', gates: failed(gates) }, reference, mask: entry };
    },
  };
}

/** What changed, structure by structure; those that did not are left out. */
function changesOf(base: Mask, mask: Mask): Pick<MaskEntry, 'voxelsChanged' | 'structures'> {
  const { voxelsChanged, structures } = diffMasks(base, mask);
  return {
    voxelsChanged,
    structures: structures
      .filter((each) => each.voxelsChanged > 0 || each.before !== each.after)
      .map(({ before, after, voxelsChanged: own }) => ({ before, after, voxelsChanged: own })),
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
