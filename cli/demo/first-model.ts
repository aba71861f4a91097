import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { importModel } from '../../client/model-import.ts';
import { listModels } from '../../client/models.ts';
import type { DatasetName, Digest } from '../../core/ids.ts';
import { repositoryRoot } from '../../infra/local/paths.ts';
import type { Output } from '../output.ts';

/** The model that makes the first proposals. */
export interface FirstModel {
  model: Digest;
  /** Where it comes from. */
  folder: string;
  patientsSeen: number;
  /** How many of the cohort's patients are among them; always 0, or it would not be used. */
  ownPatientsSeen: number;
}

const FOLDER = 'models/phantom-demo';

/**
 * Lets the model that is kept in this repository serve, so that the first proposals are worth a look, and says so. Null where it
 * isn't used: it is not there, or it has learned from patients of the cohort. A demo that goes on keeps what serves by now.
 */
export async function serveKeptModel(
  store: ObjectStore,
  dataset: DatasetName,
  output: Output,
): Promise<FirstModel | null> {
  const folder = join(repositoryRoot, FOLDER);
  if (!existsSync(folder)) return null;
  const { champion } = await listModels(store, dataset);
  if (champion !== null) return null;
  const looked = await importModel(store, dataset, folder);
  const { record, patientsSeen, ownPatientsSeen } = looked;
  if (ownPatientsSeen.length > 0) {
    output.note(`${FOLDER} has learned from patients of this cohort and is not used`);
    return null;
  }
  await importModel(store, dataset, folder, { serve: true });
  output.note(
    `the first model is ${FOLDER} (${record.model.slice(0, 12)}), trained beforehand on ${patientsSeen} other phantom patients; ` +
      'none of them is in this cohort. Each round trains on from the serving model and replaces it only by a better one',
  );
  return { model: record.model, folder: FOLDER, patientsSeen, ownPatientsSeen: 0 };
}
