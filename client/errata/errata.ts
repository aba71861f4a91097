import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { ErratumRecords } from '../../adapters/erratum-records.ts';
import { jsonDigest } from '../../adapters/json-digest.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import {
  ERRATUM_SCHEMA,
  erratumContent,
  isSettled,
  storedReporter,
  type Affected,
  type Erratum,
  type ErratumReport,
} from '../../core/erratum.ts';
import { workflowId, type DatasetName, type Digest } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { QUEUE } from '../../core/queues.ts';
import type { erratum as erratumWorkflow, ErratumInput } from '../../workflows/erratum.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { DEFAULT_POLICY } from '../policies.ts';
import { readVersion } from '../versions.ts';

export interface FiledErratum {
  erratum: Erratum;
  /** It was there before. */
  already: boolean;
  /** A reporter was named and is not stored: it was no account name. */
  reporterLeftOut: boolean;
}

/** An erratum, and what the mask it speaks of has touched by now. */
export interface ShownErratum extends Erratum {
  affected: Affected;
}

/**
 * Files an erratum about a series of a version. It is stored first: when its review can't be started then, filing it again starts it.
 * The same said twice of one mask is one erratum. Throws InvalidInputError for a series that the version doesn't have.
 */
export async function fileErratum(
  deps: { client: Client; store: ObjectStore },
  dataset: DatasetName,
  version: Digest,
  report: ErratumReport,
): Promise<FiledErratum> {
  const { series, text } = report;
  const label = report.label ?? null;
  const { manifest } = await readVersion(deps.store, dataset, version);
  const entry = manifest.series.find((each) => each.series === series);
  if (!entry) throw new InvalidInputError('erratum', 'series', `a series of version ${version.slice(0, 12)}`, series);
  const mask = entry.reference.mask.digest;
  const id = jsonDigest(erratumContent({ series, label, text }, mask)).slice(0, 12);
  const reporter = storedReporter(report.reporter);
  const records = new ErratumRecords(deps.store, dataset);
  const already = (await records.read(id)) !== null;
  const erratum = await records.file({
    ...{ schema: ERRATUM_SCHEMA, id, dataset, series, label, text, reporter, version, mask },
    ...{ state: 'open', task: null, outcome: null },
  });
  if (!isSettled(erratum)) await startReview(deps.client, { dataset, series, leaseMs: DEFAULT_POLICY.leaseMs });
  const reporterLeftOut = reporter === null && (report.reporter ?? '') !== '';
  return { erratum, already, reporterLeftOut };
}

/** Every erratum of a dataset, ascending by series. */
export function listErrata(store: ObjectStore, dataset: DatasetName): Promise<Erratum[]> {
  return new ErratumRecords(store, dataset).all();
}

/** One erratum by the beginning of its id (four characters or more). Throws NotFoundError, ConflictError. */
export async function findErratum(store: ObjectStore, dataset: DatasetName, meant: string): Promise<Erratum> {
  if (!/^[0-9a-f]{4,12}$/.test(meant)) {
    throw new InvalidInputError('command line', 'erratum', 'four or more of its 12 characters', JSON.stringify(meant));
  }
  const found = (await listErrata(store, dataset)).filter(({ id }) => id.startsWith(meant));
  const [only, other] = found;
  if (!only) throw new NotFoundError(`dataset "${dataset}" has no erratum "${meant}"`);
  if (other) throw new ConflictError(`several errata of dataset "${dataset}" begin with "${meant}"`);
  return only;
}

/** The same with what its mask has touched: as of now, and for a settled one also what it was then. */
export async function showErratum(store: ObjectStore, dataset: DatasetName, meant: string): Promise<ShownErratum> {
  const erratum = await findErratum(store, dataset, meant);
  return { ...erratum, affected: await new ErratumRecords(store, dataset).affectedBy(erratum.series, erratum.mask) };
}

/**
 * Closes an erratum by hand, without a change; its review task is withdrawn unless other errata wait for it. Throws ConflictError when
 * it is settled already.
 */
export async function closeErratum(
  deps: { client: Client; store: ObjectStore },
  dataset: DatasetName,
  meant: string,
  reason: string,
): Promise<Erratum> {
  const { id } = await findErratum(deps.store, dataset, meant);
  const records = new ErratumRecords(deps.store, dataset);
  const closed = await records.update(id, (erratum) => {
    if (isSettled(erratum)) throw new ConflictError(`erratum ${id}: already ${erratum.state}`);
    const affected = { versions: [], models: [], evaluations: [] };
    const outcome = { version: null, mask: erratum.mask, reviewer: null, voxelsChanged: 0, reason, affected };
    return { ...erratum, state: 'closed', outcome };
  });
  await tellReview(deps.client, closed);
  return closed;
}

/** Starts the review of a series' errata, or tells the one that runs that there is another. */
async function startReview(client: Client, input: ErratumInput): Promise<void> {
  await client.workflow.signalWithStart<typeof erratumWorkflow>('erratum', {
    workflowId: workflowId.erratum(input.dataset, input.series),
    taskQueue: QUEUE.orchestrate,
    args: [input],
    signal: 'errataChanged',
    signalArgs: [],
  });
}

async function tellReview(client: Client, { dataset, series }: Erratum): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId.erratum(dataset, series)).signal('errataChanged');
  } catch (error) {
    // Nothing runs, so there is no task to withdraw.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
