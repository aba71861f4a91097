import type { ComparisonPicture } from '../adapters/evaluation/picture.ts';
import type { EvaluationPool } from '../adapters/evaluation/thread-pool.ts';
import { evaluationReport, type EvaluatedSeries } from '../core/evaluation-report.ts';
import type { EvaluationReport, EvaluationSettings } from '../core/evaluation-report.ts';
import { voxelCount } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { parseMhaHeader } from '../core/mha.ts';
import { concurrently } from './concurrently.ts';
import type { ReferenceSeries } from './evaluation-items.ts';
import { mhaBytes } from './mask-files.ts';

export interface EvaluationInput {
  references: readonly ReferenceSeries[];
  /** Mask files by series. */
  predictions: ReadonlyMap<string, string>;
  settings: EvaluationSettings;
  /** Series read and waiting at the same time: as many as there are threads, and a few to follow. */
  width: number;
  /** `charge`: a prediction that can't be used counts as an empty mask and is listed. `throw`: it ends the evaluation. */
  onRefused: 'charge' | 'throw';
  onProgress?: (done: number, series: string) => void;
}

/**
 * Evaluates every series of a reference, in parallel. A prediction that is missing is charged as an empty mask and listed; one
 * without a reference is listed. Throws InvalidInputError for a reference that can't be used.
 */
export async function evaluate(pool: EvaluationPool, input: EvaluationInput): Promise<EvaluationReport> {
  const { references, predictions, settings } = input;
  const refused: EvaluationReport['refused'] = [];
  let done = 0;
  const series = await concurrently(references, input.width, async (reference) => {
    const path = predictions.get(reference.series);
    const evaluated = await evaluateSeries(pool, reference, path, input, refused);
    input.onProgress?.(++done, reference.series);
    return evaluated;
  });
  const known = new Set(references.map((reference) => reference.series));
  const extra = [...predictions.keys()].filter((name) => !known.has(name));
  return evaluationReport(settings, series, { refused, extra });
}

async function evaluateSeries(
  pool: EvaluationPool,
  reference: ReferenceSeries,
  path: string | undefined,
  { settings, onRefused }: EvaluationInput,
  refused: EvaluationReport['refused'],
): Promise<EvaluatedSeries> {
  const { series, patient, sequence, hospital, incompleteVertebrae, classes } = reference;
  const bytes = await reference.mask();
  const voxels = voxelCount(parseMhaHeader(bytes, `reference of ${series}`).grid);
  const { protocols, asd, toleranceMm, leaveOutIncomplete } = settings;
  const options = {
    protocols,
    surface: asd,
    toleranceMm,
    leaveOutIncomplete,
    incompleteVertebrae,
    ...(classes ? { classes } : {}),
  };
  const against = (prediction: Uint8Array | null) =>
    pool.evaluate({ kind: 'evaluate', series, reference: bytes, prediction, options }, voxels);
  const facts = { series, patient, sequence, hospital };
  if (path === undefined) return { ...facts, prediction: 'missing', ...(await against(null)) };
  try {
    return {
      ...facts,
      prediction: 'given',
      ...(await against(await mhaBytes(path, `prediction of ${series}`, 'mask'))),
    };
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.object.startsWith('reference') || onRefused === 'throw')
      throw error;
    refused.push({ series, reason: error.message });
    return { ...facts, prediction: 'refused', ...(await against(null)) };
  }
}

/** Draws a series' mid-sagittal slice with the outlines of both masks; `path` of the prediction, undefined for none. */
export async function drawCase(
  pool: EvaluationPool,
  { series, mask, image }: ReferenceSeries,
  path: string | undefined,
): Promise<ComparisonPicture> {
  const reference = await mask();
  const voxels = voxelCount(parseMhaHeader(reference, `reference of ${series}`).grid);
  const prediction = path === undefined ? null : await mhaBytes(path, `prediction of ${series}`, 'mask');
  return pool.draw({ kind: 'picture', series, reference, prediction, image: image ? await image() : null }, voxels);
}
