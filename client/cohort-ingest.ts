import { readFile } from 'node:fs/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import { uploadFolder, uploadKey, type ObjectStore } from '../adapters/object-store.ts';
import { DatasetName, workflowId, type ObjectRef, type PatientId } from '../core/ids.ts';
import { addSummaries, NOTHING_INGESTED, type IngestList, type IngestSummary } from '../core/ingest.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { compareText } from '../core/mixed-hash.ts';
import { QUEUE } from '../core/queues.ts';
import type { ingestCohort } from '../workflows/ingest-cohort.ts';
import type { CohortFile, CohortPlan } from './cohort-plan.ts';
import { concurrently } from './concurrently.ts';
import { ingestHidden, refuseUnknown, sortHidden } from './hidden-ingest.ts';
import { digestCohort } from './ingest-items.ts';
import { readMappedFolder } from './mapped-folder.ts';
import { readSpiderFolder } from './spider-folder.ts';

export interface IngestRequest {
  dataset: DatasetName;
  /** A folder in SPIDER's layout, or any folder together with a mapping. */
  folder: string;
  /** Path of a mapping file (core/cohort-mapping.ts); null for SPIDER's layout. */
  mapping: string | null;
  /** Patients that belong to the hidden test, beside those that the mapping marks. Default: none. */
  hidden?: readonly PatientId[];
  /** How often the workflow is asked how far it is. Default: 500. */
  pollMs?: number;
}

export interface IngestReport {
  dataset: DatasetName;
  /** Series that the folder holds and whose name is right. */
  series: number;
  summary: IngestSummary;
  /** Patients of the cohort who are of the hidden test: their series are in the sealed bucket. */
  hidden: PatientId[];
  /** Null when the catalog held everything already, or nothing was left to take in. */
  workflow: string | null;
}

/** `read`: files being named by digest; `upload`: files; `check`: series through the gate; `seal`: the same for the hidden test. */
export type IngestProgress = (
  step: 'read' | 'upload' | 'check' | 'seal',
  done: number,
  total: number,
  file: string,
) => void;

const UPLOADS_AT_ONCE = 3;

interface Deps {
  client: Client;
  store: ObjectStore;
  /** Opens the bucket of the hidden test, where there is one. Asked only when the cohort has hidden-test patients. */
  sealed?: () => Promise<ObjectStore | null>;
}

/**
 * Takes a cohort in: refuses what its names show to be wrong, uploads the rest, and follows the workflow that takes each series
 * through the gate. Asked again, also after an interruption, it uploads only what isn't there yet.
 * Throws InvalidInputError when the folder as a whole can't be used.
 */
export async function ingestCohortFolder(
  deps: Deps,
  request: IngestRequest,
  onProgress: IngestProgress = () => {},
): Promise<IngestReport> {
  const { folder, mapping } = request;
  const plan = mapping === null ? await readSpiderFolder(folder) : await readMappedFolder(folder, mapping);
  return ingestCohortPlan(deps, { ...request, plan }, onProgress);
}

/** The same for files that were planned otherwise. */
export async function ingestCohortPlan(
  { client, store, sealed: openSealed }: Deps,
  request: { dataset: DatasetName; plan: CohortPlan; hidden?: readonly PatientId[]; pollMs?: number },
  onProgress: IngestProgress = () => {},
): Promise<IngestReport> {
  const dataset = DatasetName.parse(request.dataset);
  const { plan } = request;
  const records = new DatasetRecords(store, dataset);
  refuseUnknown(plan, request.hidden ?? []);
  const marked = new Set([...(request.hidden ?? []), ...(plan.hidden ?? [])]);
  const sealed = marked.size > 0 && openSealed ? await openSealed() : null;
  const sorted = await sortHidden(records, sealed, plan, marked);
  const hiddenSummary =
    sealed && sorted.hidden.length > 0
      ? await ingestHidden({ records, sealed }, dataset, sorted.hidden, (...progress) =>
          onProgress('seal', ...progress),
        )
      : NOTHING_INGESTED;
  const cohort = await digestCohort(sorted.ordinary, await records.catalog(), (done, file) =>
    onProgress('read', done, sorted.ordinary.length, file),
  );
  const before = addSummaries(hiddenSummary, {
    ...NOTHING_INGESTED,
    unchanged: cohort.unchanged,
    refused: [...plan.refused, ...sorted.refused, ...cohort.refused],
  });
  const common = { dataset, series: plan.series.length, hidden: [...marked].sort(compareText) };
  if (cohort.items.length === 0) return { ...common, summary: before, workflow: null };

  const list = await store.putJson({ schema: 'spindle.ingest/1', items: cohort.items } satisfies IngestList);
  const uploads = `ingest/${dataset}/${list.digest.slice(0, 16)}`;
  const needed = cohort.items.flatMap(({ image, mask }) => (mask ? [image, mask] : [image]));
  await uploadFiles(store, uploads, needed, cohort.files, onProgress);
  const handle = await startIngest(client, dataset, uploads, list);
  const summary = await follow(handle, request.pollMs ?? 500, (done, total) => onProgress('check', done, total, ''));
  return { ...common, summary: addSummaries(before, summary), workflow: handle.workflowId };
}

async function uploadFiles(
  store: ObjectStore,
  folder: string,
  needed: readonly ObjectRef[],
  files: ReadonlyMap<string, CohortFile>,
  onProgress: IngestProgress,
): Promise<void> {
  const there = new Set<string>();
  for await (const { key } of store.bucket.list(uploadFolder(folder))) there.add(key);
  const digests = [...new Set(needed.map(({ digest }) => digest))];
  const missing = digests.filter((digest) => !there.has(uploadKey(folder, digest)));
  let done = digests.length - missing.length;
  await concurrently(missing, UPLOADS_AT_ONCE, async (digest) => {
    const file = files.get(digest)!;
    const stored = await store.putUpload(folder, await readFile(file.path));
    if (stored.digest !== digest) {
      throw new InvalidInputError(file.name, 'content', 'a file that stays as it is while it is taken in', 'another');
    }
    onProgress('upload', ++done, digests.length, file.name);
  });
}

/** Starts the workflow; where one for the same list runs already, it is followed instead. */
function startIngest(client: Client, dataset: DatasetName, folder: string, list: ObjectRef) {
  return client.workflow.start<typeof ingestCohort>('ingestCohort', {
    workflowId: workflowId.ingest(dataset, list.digest),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: QUEUE.orchestrate,
    args: [{ dataset, folder, list, cursor: 0, soFar: NOTHING_INGESTED }],
  });
}

/** Waits for the workflow, asking now and then how far it is. */
async function follow(
  { client, workflowId: id }: WorkflowHandle<typeof ingestCohort>,
  pollMs: number,
  onState: (done: number, total: number) => void,
): Promise<IngestSummary> {
  const handle = client.getHandle<typeof ingestCohort>(id);
  let ended = false;
  const result = handle.result().finally(() => (ended = true));
  const ask = async (): Promise<void> => {
    while (!ended) {
      // Only to be shown: a worker that is away for a moment answers nothing, and the result comes all the same.
      const state = await handle.query<{ done: number; total: number }>('ingestState').catch(() => null);
      if (state && state.total > 0 && !ended) onState(state.done, state.total);
      await Promise.race([result.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, pollMs))]);
    }
  };
  const [summary] = await Promise.all([result, ask()]);
  return summary;
}
