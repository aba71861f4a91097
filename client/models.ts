import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import { MODEL_FILES, type ModelBytes } from '../adapters/model-folder.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { isDigestPrefix, SHORTEST_DIGEST_PREFIX, type DatasetName, type Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { ChampionDecision } from '../core/loop.ts';
import type { ModelRecord } from '../core/models.ts';
import { ModelCard } from '../core/trainer-contract.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import { partialOf, writeWhole } from './whole-file.ts';

export interface ModelRow extends ModelRecord {
  serves: boolean;
  /** The champion decision on this model as a challenger; null before it was made. */
  decision: ChampionDecision | null;
}

export interface ModelCheckout {
  model: Digest;
  folder: string;
  files: string[];
}

/** The dataset's models in the order they were trained, and which one serves. Empty before the first. */
export async function listModels(
  store: ObjectStore,
  dataset: DatasetName,
): Promise<{ champion: Digest | null; models: ModelRow[] }> {
  const { champion, models, decisions } = await new DatasetRecords(store, dataset).models();
  const rows = models.map((model) => ({
    ...model,
    serves: model.model === champion,
    decision: decisions.find(({ round, challenger }) => challenger === model.model && round === model.round) ?? null,
  }));
  return { champion, models: rows };
}

/**
 * The model that is meant by `serving`, a digest or the beginning of one (at least 4 characters). Throws NotFoundError when
 * there is none, InvalidInputError when several begin so.
 */
export async function resolveModel(store: ObjectStore, dataset: DatasetName, meant: string): Promise<ModelRecord> {
  const { champion, models } = await new DatasetRecords(store, dataset).models();
  const wanted = meant === 'serving' ? champion : meant;
  if (wanted === null) throw new NotFoundError(`no model of dataset "${dataset}" serves yet`);
  if (!isDigestPrefix(wanted)) {
    const expected = `"serving", or at least ${SHORTEST_DIGEST_PREFIX} characters of a digest`;
    throw new InvalidInputError('command line', 'model', expected, `"${meant}"`);
  }
  const found = models.filter(({ model }) => model.startsWith(wanted));
  const [only] = found;
  if (!only) throw new NotFoundError(`dataset "${dataset}" has no model ${meant}; \`spindle models list\` shows them`);
  if (found.length === 1) return only;
  throw new InvalidInputError('command line', 'model', 'one model', `${found.length} that begin with ${meant}`);
}

/** A registered model's network and card. Throws CorruptObjectError when stored bytes are not as their digest says. */
export async function readModel(store: ObjectStore, { onnx, card }: ModelRecord): Promise<ModelBytes> {
  return { onnx: await store.getObject(onnx.digest), card: await store.getJson(card.digest, ModelCard) };
}

/**
 * Writes a model's files (network, card, weights, curves) into a new or empty folder; each is verified by its digest first.
 * Throws ConflictError for a folder that holds anything else.
 */
export async function checkoutModel(store: ObjectStore, record: ModelRecord, into: string): Promise<ModelCheckout> {
  const folder = resolve(into);
  await mkdir(folder, { recursive: true });
  const own: string[] = Object.values(MODEL_FILES);
  const foreign = (await readdir(folder)).filter(
    (name) => !own.some((each) => name === each || name === partialOf(each)),
  );
  if (foreign.length > 0) throw new ConflictError(`${folder} holds other files, such as ${foreign[0]}`);
  for (const part of ['weights', 'curves', 'card', 'onnx'] as const) {
    await writeWhole(join(folder, MODEL_FILES[part]), await store.getObject(record[part].digest));
  }
  return { model: record.model, folder, files: own };
}
