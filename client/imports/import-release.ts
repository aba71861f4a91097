import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { versionFacts } from '../../core/exports/version-facts.ts';
import { workflowId, type DatasetName, type Digest } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { compareText } from '../../core/mixed-hash.ts';
import { QUEUE } from '../../core/queues.ts';
import type { publishVersion } from '../../workflows/publish-version.ts';
import { ingestCohortPlan, type IngestProgress, type IngestReport } from '../cohort-ingest.ts';
import { ConflictError } from '../errors.ts';
import { stagingFolder } from './staging-folder.ts';
import { readNnunetRelease } from './nnunet-folder.ts';
import type { ReleasePlan } from './release-plan.ts';
import { readSpiderRelease } from './spider-folder.ts';

export interface ImportRequest {
  /** One without a version, or with just the version that this import gives. */
  dataset: DatasetName;
  folder: string;
  /** Path of a label mapping for an nnU-Net dataset; null: its own `label_mapping.json`, or names of classes. */
  labels: string | null;
  /** For patients that the release names no set for. */
  validationShare: number;
  seed: number;
  /** How often a workflow is asked how far it is. Default: 500. */
  pollMs?: number;
}

export interface ImportReport {
  dataset: DatasetName;
  version: Digest;
  layout: 'spider' | 'nnunet';
  /** Patients of the version by set; `drawn` are those that the release named no set for. */
  train: number;
  validation: number;
  drawn: number;
  ingest: IngestReport;
}

type Deps = { client: Client; store: ObjectStore };

/**
 * Takes a published release in as the first version of a dataset. Its files go through the gate as in an ingest; patients keep the
 * set the release has them in, from now on; patients without one are drawn. Asked again, also after an interruption, it goes on, and
 * the same release gives the same version. Throws InvalidInputError for a folder that is no release or holds no usable mask,
 * ConflictError for a dataset that has gone on from another version.
 */
export async function importRelease(
  deps: Deps,
  request: ImportRequest,
  onProgress: IngestProgress = () => {},
): Promise<ImportReport> {
  const layout = await layoutOf(request.folder);
  return stagingFolder(async (staging) => {
    const plan =
      layout === 'spider'
        ? await readSpiderRelease(request.folder)
        : await readNnunetRelease(request.folder, request.labels, staging, (done, total, file) =>
            onProgress('read', done, total, file),
          );
    return importPlan(deps, request, layout, plan, onProgress);
  });
}

async function importPlan(
  { client, store }: Deps,
  request: ImportRequest,
  layout: ImportReport['layout'],
  plan: ReleasePlan,
  onProgress: IngestProgress,
): Promise<ImportReport> {
  const { dataset, folder, pollMs } = request;
  const records = new DatasetRecords(store, dataset);
  await refuseGoneOn(store, records, plan);
  const ingest = await ingestCohortPlan(
    { client, store },
    { dataset, plan, ...(pollMs === undefined ? {} : { pollMs }) },
    onProgress,
  );
  await keepSets(records, plan.sets);
  const version = await publish(client, request);
  if (version === null) throw new InvalidInputError(folder, 'masks', 'one at least that passes the gates', 'none');
  const { validationShare, seed } = request;
  await records.recordImport({ version, layout, sets: Object.fromEntries(plan.sets), validationShare, seed });
  const manifest = await store.getVersion(dataset, version);
  const { trainPatients: train, validationPatients: validation } = versionFacts(manifest);
  const drawn = Object.keys(manifest.split).filter((patient) => !plan.sets.has(patient)).length;
  return { dataset, version, layout, train, validation, drawn, ingest };
}

async function layoutOf(folder: string): Promise<ImportReport['layout']> {
  const has = async (name: string) => (await stat(join(folder, name)).catch(() => null)) !== null;
  if ((await has('dataset.json')) && (await has('imagesTr'))) return 'nnunet';
  if (await has('images')) return 'spider';
  const expected = 'images/, masks/ and overview.csv, or dataset.json, imagesTr/ and labelsTr/';
  throw new InvalidInputError(folder, 'folder', expected, 'another layout');
}

async function refuseGoneOn(store: ObjectStore, records: DatasetRecords, plan: ReleasePlan): Promise<void> {
  const main = await records.mainVersion();
  if (main === null) return;
  const { dataset } = records;
  const { parent, series } = await store.getVersion(dataset, main);
  const planned = new Set(plan.series.map((entry) => entry.series));
  if (parent === null && series.every((entry) => planned.has(entry.series))) return;
  throw new ConflictError(
    `dataset "${dataset}" has gone on from another version: import into a new one, or add series by \`spindle cohort ingest\``,
  );
}

/** Gives the patients of the catalog the sets that the release has them in; nobody who has one is moved. */
async function keepSets(records: DatasetRecords, sets: ReleasePlan['sets']): Promise<void> {
  await records.updateCatalog((catalog) => {
    const split = { ...catalog.split };
    for (const { patient } of catalog.series) {
      const set = sets.get(patient);
      if (set === undefined) continue;
      if (split[patient] !== undefined && split[patient] !== set) {
        const message = `patient ${patient} is in ${split[patient]} of dataset "${records.dataset}" already, not in ${set}`;
        throw new ConflictError(`${message}: import into a new dataset`);
      }
      split[patient] = set;
    }
    return { ...catalog, split: Object.fromEntries(Object.entries(split).sort(([a], [b]) => compareText(a, b))) };
  });
}

function publish(client: Client, { dataset, validationShare, seed }: ImportRequest): Promise<Digest | null> {
  return client.workflow.execute<typeof publishVersion>('publishVersion', {
    workflowId: workflowId.publish(dataset, 0, 'freeze'),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: QUEUE.orchestrate,
    args: [{ dataset, round: 0, stage: 'freeze', validationShare, seed }],
  });
}
