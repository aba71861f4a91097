import { z } from 'zod';
import { SplitSet } from './catalog.ts';
import { DatasetName, Digest, Hospital, PatientId, Sequence, SeriesId } from './ids.ts';
import { STRUCTURE_CLASSES } from './labels.ts';

/**
 * The trainer contract. A trainer is a command run as `<command> <job directory>`; it
 *   1. reads `job.json` (TrainingJob) and the training set beside it in nnU-Net raw layout;
 *   2. prints one TrainerEvent as JSON per line on stdout (anything on stderr is log);
 *   3. writes checkpoints to `checkpoints/` and, run again on the same directory, resumes from them;
 *   4. on SIGTERM saves a checkpoint and exits 143 within 30 seconds;
 *   5. leaves `out/model.onnx`, `out/model-card.json` (ModelCard), `out/weights.pt` (or any one file that warm-starts the
 *      next round) and `out/curves.jsonl`; exits 0.
 *   Exit 2: the job is invalid (permanent). Any other code is worth a retry, unless an error event said that the machine can't
 *   run the job: `out-of-memory` or `missing-device` (permanent, too: the worker must be changed).
 * All paths in job.json are relative to the job directory.
 */
export const JOB_SCHEMA = 'spindle.job/1';
export const CARD_SCHEMA = 'spindle.model-card/1';

export const Preset = z.enum(['demo', 'compact', 'paper']);
export type Preset = z.infer<typeof Preset>;

export const TrainingCase = z.object({
  series: SeriesId,
  patient: PatientId,
  hospital: Hospital,
  sequence: Sequence,
  split: SplitSet,
  image: z.string(),
  mask: z.string(),
  incompleteVertebrae: z.array(z.int()),
  annotatedClasses: z.array(z.enum(STRUCTURE_CLASSES)),
});
export type TrainingCase = z.infer<typeof TrainingCase>;

export const TrainingBudget = z.object({
  /** Wall seconds of optimisation, start-up and export not counted; whichever of the two is reached first ends training. */
  seconds: z.number().positive().nullable(),
  steps: z.int().positive().nullable(),
});
export type TrainingBudget = z.infer<typeof TrainingBudget>;

export const TrainingJob = z.object({
  schema: z.literal(JOB_SCHEMA),
  dataset: DatasetName,
  version: Digest,
  round: z.int().nonnegative(),
  trainer: z.string(),
  preset: Preset,
  seed: z.int().nonnegative(),
  budget: TrainingBudget,
  /** Weights of an earlier model to start from (its `out/weights.pt`), and that model's digest. */
  warmStart: z.object({ weights: z.string(), model: Digest, patientsSeen: z.array(PatientId) }).nullable(),
  /** `dataset.json`, `imagesTr/`, `labelsTr/` and `splits_final.json` lie in this folder. */
  raw: z.string(),
  cases: z.array(TrainingCase).min(1),
});
export type TrainingJob = z.infer<typeof TrainingJob>;

export const TrainerEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('start'), device: z.string(), parameters: z.int(), resumedFromStep: z.int() }),
  z.object({
    event: z.literal('progress'),
    step: z.int(),
    seconds: z.number(),
    /** 0..1 of the budget. */
    fraction: z.number().min(0).max(1),
    loss: z.number(),
  }),
  /** Patch-wise Dice on validation patients, per class; null where no voxel of the class was seen. */
  z.object({
    event: z.literal('validation'),
    step: z.int(),
    dice: z.object({ vertebra: z.number().nullable(), disc: z.number().nullable(), canal: z.number().nullable() }),
  }),
  z.object({ event: z.literal('checkpoint'), step: z.int(), path: z.string() }),
  z.object({ event: z.literal('done'), step: z.int(), seconds: z.number() }),
  z.object({
    event: z.literal('error'),
    kind: z.enum(['invalid-job', 'out-of-memory', 'missing-device', 'internal']),
    message: z.string(),
  }),
]);
export type TrainerEvent = z.infer<typeof TrainerEvent>;

const size3 = z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]);
const spacing3 = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);

/**
 * What a segmenter must know to run a network, exactly. The working grid is axis-aligned LPS (x right→left, y front→back,
 * z feet→head); tensors are (batch, channel, z, y, x). Both sides (trainer and segmenter) implement this definition:
 *   working grid: the axis-aligned LPS bounding box of all voxel centres, from its minimum corner, at `spacingMm`, with
 *     size = floor(extent / spacing) + 1 per axis;
 *   smoothing: per source axis, Gaussian of sigma = 0.5·(target/source spacing) voxels when that ratio exceeds 1 (the
 *     target spacing of a source axis is that of the LPS axis it is closest to), truncated at 4 sigma (radius =
 *     floor(4·sigma + 0.5)), edges repeated; in float32 or better;
 *   sampling: trilinear at the working voxel centres; a centre outside the source grid (index < -0.5 or > size - 0.5 on any
 *     axis) takes `outsideValue` after normalisation; indices between are clamped to the edge;
 *   normalisation: p5 and p95 (linear interpolation between order statistics, as numpy.percentile) over the inside voxels of
 *     the working grid; v → (v - p5) / max(p95 - p5, 1e-6), clipped to [clipMin, clipMax].
 */
export const NetworkSpec = z.object({
  kind: z.literal('iis'),
  spacingMm: spacing3, // (x, y, z)
  patch: size3, // (x, y, z) voxels
  outsideValue: z.number(),
  clipMin: z.number(),
  clipMax: z.number(),
  /** Channels of input `patch` [1, 3, z, y, x]: image, vertebra memory, disc memory. */
  inputs: z.tuple([z.literal('image'), z.literal('vertebra-memory'), z.literal('disc-memory')]),
  /** Channels of output `structures` [1, 3, z, y, x], probabilities; output `completeness` [1, 1], a probability. */
  outputs: z.tuple([z.literal('vertebra'), z.literal('disc'), z.literal('canal')]),
});
export type NetworkSpec = z.infer<typeof NetworkSpec>;

/**
 * A network that names the class of every voxel of a window, such as nnU-Net's. Tensors are (batch, channel, z, y, x) in LPS:
 *   orientation: axes swapped and flipped to the closest of LPS, voxels never computed;
 *   `nnunet-zscore`: cropped to the box of the voxels that are not 0; v → (v - mean) / max(std, 1e-8) over that box; resampled to
 *     round(spacing / spacingMm · size) voxels (halves to even) with centres at (i + 0.5) · old / new - 0.5, by cubic B-splines
 *     over 12 repeated edge voxels, clipped to the range of the input. Where the spacing of the image, else `spacingMm`, is over 3
 *     times as coarse along one axis as along the finest, that axis takes the nearest voxel and each slice is resampled by itself;
 *   windows: padded with 0 around to at least `patch`; as many windows per axis as steps of at most `windowStep` patches need,
 *     evenly spread; logits averaged with Gaussian weights of sigma patch / 8 around voxel floor(patch / 2);
 *   classes: logits resampled back by the same rule, linearly; the largest wins.
 */
export const SemanticSpec = z.object({
  kind: z.literal('semantic'),
  spacingMm: spacing3, // (x, y, z)
  patch: size3, // (x, y, z) voxels
  preprocessing: z.literal('nnunet-zscore'),
  windowStep: z.number().positive().max(1),
  /** Axes along which the network may be shown mirrored windows as well, and the answers averaged. */
  mirrorAxes: z.array(z.enum(['x', 'y', 'z'])),
  /** Channel of input `patch` [1, 1, z, y, x]. */
  inputs: z.tuple([z.literal('image')]),
  /** Channels of output `logits` [1, 5, z, y, x]; `vertebra-contact` is vertebra, where two of them meet. */
  outputs: z.tuple([
    z.literal('background'),
    z.literal('vertebra'),
    z.literal('disc'),
    z.literal('canal'),
    z.literal('vertebra-contact'),
  ]),
});
export type SemanticSpec = z.infer<typeof SemanticSpec>;

const spread = z.object({ mean: z.number(), deviation: z.number().nonnegative() });
/**
 * What the structures of a class look like in the training set, on the working grid: mean and standard deviation of the normalised
 * image inside, ln of its mean step across the border over that inside (face neighbours), ln of the volume in mm³.
 */
const LooksOfClass = z.object({ intensity: spread, unevenness: spread, edge: spread, size: spread });
export const Appearance = z.object({ vertebra: LooksOfClass, disc: LooksOfClass, canal: LooksOfClass });
export type Appearance = z.infer<typeof Appearance>;

export const ModelCard = z.object({
  schema: z.literal(CARD_SCHEMA),
  trainer: z.string(),
  preset: Preset,
  dataset: DatasetName,
  version: Digest,
  round: z.int().nonnegative(),
  seed: z.int().nonnegative(),
  parent: Digest.nullable(),
  /** Every patient whose voxels ever moved a weight, warm starts included. The leak check reads this list. */
  patientsSeen: z.array(PatientId),
  network: z.discriminatedUnion('kind', [NetworkSpec, SemanticSpec]),
  parameters: z.int().positive(),
  steps: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  onnx: z.object({ digest: Digest, bytes: z.int().positive(), opset: z.int().positive() }),
  /** Largest absolute difference of the ONNX outputs (onnxruntime) from PyTorch's on a random patch. */
  parityMaxAbs: z.number().nonnegative(),
  /** For the doubt about what looks like nothing trained on; a card may do without. */
  appearance: Appearance.optional(),
  software: z.record(z.string(), z.string()),
});
export type ModelCard = z.infer<typeof ModelCard>;
