import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import { MODEL_FILES, readModelFolder } from '../adapters/model-folder.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { loadModel } from '../adapters/segmenter/load-model.ts';
import { hiddenNumbers, refuseHidden } from '../core/hidden-patients.ts';
import type { DatasetName, PatientId } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { assertNoLeak } from '../core/leak.ts';
import { OUTSIDE_ROUNDS, type ModelRecord } from '../core/models.ts';
import { compareText } from '../core/mixed-hash.ts';
import { numbersOf, personsOf } from '../core/patient-links.ts';
import { ConflictError } from './errors.ts';

export interface ImportedModel {
  record: ModelRecord;
  /** Whether it serves now. */
  serves: boolean;
  /** How many patients it has learned from, … */
  patientsSeen: number;
  /** … and which of the dataset's are among them, ascending: none of these may ever validate it. */
  ownPatientsSeen: PatientId[];
}

/**
 * Takes a model that was trained elsewhere into a dataset's registry, from a folder as trainers and `models checkout` leave it.
 * Taken in again it stays as it is. With `serve` it serves, if no model does yet: a serving one gives way to a better one only,
 * in a round. Nothing is stored of a model that is refused. Throws
 *   - InvalidInputError for a card that isn't of these bytes, a network that can't be run, or a file that is missing;
 *   - LeakError when it has learned from a patient who validates in the dataset: it couldn't be judged there;
 *   - HiddenPatientError when it has learned from a hidden-test patient;
 *   - ConflictError when it is to serve and another model does.
 */
export async function importModel(
  store: ObjectStore,
  dataset: DatasetName,
  folder: string,
  { serve = false }: { serve?: boolean } = {},
): Promise<ImportedModel> {
  const { onnx, card } = await readModelFolder(folder);
  // Loading it is the check that bytes, card and network belong together.
  await (await loadModel(onnx, card, folder)).close();
  const records = new DatasetRecords(store, dataset);
  const catalog = await records.catalog();
  refuseHidden(`training set of model ${card.onnx.digest.slice(0, 12)}`, card.patientsSeen, hiddenNumbers(catalog));
  const persons = personsOf(catalog.links ?? []);
  const validating = Object.keys(catalog.split).filter((patient) => catalog.split[patient] === 'validation');
  assertNoLeak(card.patientsSeen, validating, persons);
  const { champion } = await records.models();
  if (serve && champion !== null && champion !== card.onnx.digest) {
    throw new ConflictError(`model ${champion.slice(0, 12)} of dataset "${dataset}" serves; only a round replaces it`);
  }
  const record: ModelRecord = {
    model: card.onnx.digest,
    onnx: await store.putObject(onnx),
    card: await store.putJson(card),
    weights: await store.putObject(await partOf(folder, 'weights')),
    curves: await store.putObject(await partOf(folder, 'curves')),
    trainer: card.trainer,
    preset: card.preset,
    round: OUTSIDE_ROUNDS,
    version: card.version,
    evaluations: [],
  };
  const after = await records.updateModels((registry) => ({
    ...registry,
    champion: serve ? (registry.champion ?? record.model) : registry.champion,
    models: registry.models.some(({ model }) => model === record.model)
      ? registry.models
      : [...registry.models, record],
  }));
  const seen = numbersOf(card.patientsSeen, persons);
  const own = new Set(catalog.series.map(({ patient }) => patient).filter((patient) => seen.has(patient)));
  return {
    record,
    serves: after.champion === record.model,
    patientsSeen: card.patientsSeen.length,
    ownPatientsSeen: [...own].sort(compareText),
  };
}

async function partOf(folder: string, part: 'weights' | 'curves'): Promise<Uint8Array> {
  const path = join(folder, MODEL_FILES[part]);
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(path, 'file', `the model's ${part}`, error.code ?? 'none');
  });
}
