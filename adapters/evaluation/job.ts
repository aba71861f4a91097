import { evaluateMasks, type SeriesEvaluation } from '../../core/evaluation.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { EvaluationOptions } from '../../core/protocol.ts';
import { incompleteVertebrae } from '../../core/structures.ts';
import type { Mask } from '../../core/volume.ts';
import { asMask, decodeMha } from '../volume.ts';
import { drawComparison, type ComparisonPicture } from './picture.ts';

/** MHA files to hold against each other. */
export interface JobFiles {
  /** Stands in errors, as `reference of 1_t1`. */
  series: string;
  reference: Uint8Array;
  /** Null when there is none. */
  prediction: Uint8Array | null;
}

export interface EvaluateJob extends JobFiles {
  kind: 'evaluate';
  /** Incomplete vertebrae null: those that the edge of the reference's volume cuts. */
  options: Omit<EvaluationOptions, 'incompleteVertebrae'> & { incompleteVertebrae: readonly number[] | null };
}

export interface PictureJob extends JobFiles {
  kind: 'picture';
  /** What lies under the outlines; null for plain black. */
  image: Uint8Array | null;
}

export type Job = EvaluateJob | PictureJob;

/** Throws InvalidInputError for a file that is no mask, or a prediction on another grid than its reference. */
export async function evaluateJob({ options, ...files }: EvaluateJob): Promise<SeriesEvaluation> {
  const { reference, prediction } = await readMasks(files);
  const incomplete = options.incompleteVertebrae ?? incompleteVertebrae(reference);
  try {
    return evaluateMasks(reference, prediction, { ...options, incompleteVertebrae: incomplete });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(`${error.object} of ${files.series}`, error.field, error.expected, error.got);
  }
}

export async function pictureJob({ image, ...files }: PictureJob): Promise<ComparisonPicture> {
  const { reference, prediction } = await readMasks(files);
  const under = image ? await decodeMha(image, `image of ${files.series}`) : null;
  return drawComparison(reference, prediction, under);
}

async function readMasks(files: JobFiles): Promise<{ reference: Mask; prediction: Mask }> {
  const reference = await readMask(files.reference, `reference of ${files.series}`);
  if (files.prediction) {
    return { reference, prediction: await readMask(files.prediction, `prediction of ${files.series}`) };
  }
  return { reference, prediction: { ...reference, voxels: new Int16Array(reference.voxels.length) } };
}

async function readMask(bytes: Uint8Array, name: string): Promise<Mask> {
  return asMask(await decodeMha(bytes, name), name);
}
