import { z } from 'zod';
import { InvalidInputError } from './invalid-input.ts';

/**
 * The names things go by. Every id is checked once, by the parser beside it; inside, the type is trusted.
 * No id may carry patient data: a patient is a pseudonym, a study is SPIDER's number.
 * Functions here run in workflows, where a schema can't be asked (see workers/workflow-code.ts): they ask the patterns.
 */

/** Lower-case SHA-256 in hexadecimal, 64 characters. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 as 64 lower-case hexadecimal characters');
export type Digest = z.infer<typeof Digest>;

/** People may type so few characters of a digest, if no other begins so. */
export const SHORTEST_DIGEST_PREFIX = 4;

/** Whether a text can be the beginning of a digest as people type it, or a whole one. */
export function isDigestPrefix(text: string): boolean {
  return /^[0-9a-f]+$/.test(text) && text.length >= SHORTEST_DIGEST_PREFIX && text.length <= 64;
}

/** What a workflow carries instead of bytes: the digest names `objects/<digest>` in S3. */
export const ObjectRef = z.object({ digest: Digest, bytes: z.int().nonnegative() });
export type ObjectRef = z.infer<typeof ObjectRef>;

export const DatasetName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, 'expected a dataset name of lower-case letters, digits and hyphens, e.g. "spider"');
export type DatasetName = z.infer<typeof DatasetName>;

export const Sequence = z.enum(['t1', 't2', 't2_SPACE']);
export type Sequence = z.infer<typeof Sequence>;

/** One visit of one patient: SPIDER's number, without leading zeros. */
export const StudyId = z.string().regex(/^(0|[1-9][0-9]{0,6})$/, 'expected a study number, e.g. "107"');
export type StudyId = z.infer<typeof StudyId>;

const SERIES = '(0|[1-9][0-9]{0,6})_(t1|t2|t2_SPACE)';
const SERIES_ID = { pattern: new RegExp(`^${SERIES}$`), expected: '<study>_<t1|t2|t2_SPACE>, e.g. "107_t2_SPACE"' };

/** Study and sequence, as in SPIDER's file names: `107_t2_SPACE`. */
export const SeriesId = z.string().regex(SERIES_ID.pattern, `expected ${SERIES_ID.expected}`);
export type SeriesId = z.infer<typeof SeriesId>;

/** A pseudonym; in SPIDER the study number itself. */
export const PatientId = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,32}$/, 'expected a patient pseudonym of up to 32 letters, digits and hyphens');
export type PatientId = z.infer<typeof PatientId>;

export const Hospital = z.string().regex(/^[A-Za-z0-9-]{1,16}$/, 'expected a short hospital code, e.g. "RH1"');
export type Hospital = z.infer<typeof Hospital>;

/** The account name of a person (or of the simulated reviewer) who reviews. */
export const ReviewerName = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,40}$/, 'expected a reviewer name of lower-case letters, digits, dots and hyphens');
export type ReviewerName = z.infer<typeof ReviewerName>;

export function seriesId(study: StudyId, sequence: Sequence): SeriesId {
  return `${study}_${sequence}`;
}

/** Splits `107_t2_SPACE` into study and sequence. Throws an InvalidInputError when the id is malformed. */
export function parseSeriesId(id: string): { study: StudyId; sequence: Sequence } {
  if (!SERIES_ID.pattern.test(id)) throw new InvalidInputError('series', 'id', SERIES_ID.expected, JSON.stringify(id));
  const cut = id.indexOf('_');
  return { study: id.slice(0, cut), sequence: id.slice(cut + 1) as Sequence };
}

/** A further read of a series in the same round, beside or after its ordinary task. */
export const ReadName = z.enum(['second', 'blind', 'adjudication', 'audit']);
export type ReadName = z.infer<typeof ReadName>;

const READS = `(\\.(${ReadName.options.join('|')}))?`;

/** The last part of a task's id: the series, and the read where it is a further one. */
export const TaskPart = z
  .string()
  .regex(
    new RegExp(`^${SERIES}${READS}$`),
    'expected <study>_<t1|t2|t2_SPACE>, or a further read of one, e.g. "107_t2.blind"',
  );
export type TaskPart = z.infer<typeof TaskPart>;

const TASK_ID = {
  pattern: new RegExp(`^[a-z][a-z0-9-]{0,40}/(0|[1-9][0-9]{0,4})/${SERIES}${READS}$`),
  expected: '<dataset>/<round>/<series>, e.g. "spider/2/107_t2"',
};

/**
 * `<dataset>/<round>/<series>`: what people type and what stands in the page's address; a further read of the series is
 * `<dataset>/<round>/<series>.<read>`. Round 0 holds the initial references.
 */
export const TaskId = z.string().regex(TASK_ID.pattern, `expected ${TASK_ID.expected}`);
export type TaskId = z.infer<typeof TaskId>;

export function taskId(dataset: DatasetName, round: number, series: SeriesId, read?: ReadName): TaskId {
  return `${dataset}/${round}/${series}${read === undefined ? '' : `.${read}`}`;
}

/** `read` is null for the ordinary task of a series. Throws an InvalidInputError when the id is malformed. */
export function parseTaskId(id: string): {
  dataset: DatasetName;
  round: number;
  series: SeriesId;
  read: ReadName | null;
} {
  if (!TASK_ID.pattern.test(id)) throw new InvalidInputError('task', 'id', TASK_ID.expected, JSON.stringify(id));
  const [dataset, round, part] = id.split('/') as [string, string, string];
  const [series, read] = part.split('.') as [string, ReadName | undefined];
  return { dataset, round: Number(round), series, read: read ?? null };
}

/** Workflow id = business identity: starting the same thing twice is harmless. Nothing else may build a workflow id. */
export const workflowId = {
  ingest: (dataset: DatasetName, list: Digest) => `ingest/${dataset}/${list.slice(0, 16)}`,
  campaign: (dataset: DatasetName) => `campaign/${dataset}`,
  round: (dataset: DatasetName, round: number) => `round/${dataset}/${round}`,
  segment: (dataset: DatasetName, round: number, series: SeriesId) => `segment/${dataset}/${round}/${series}`,
  review: (task: TaskId) => `review/${task}`,
  train: (dataset: DatasetName, round: number) => `train/${dataset}/${round}`,
  /** `request`: the digest of how it is trained. */
  trainVersion: (dataset: DatasetName, version: Digest, request: Digest) =>
    `train-version/${dataset}/${version.slice(0, 12)}/${request.slice(0, 12)}`,
  reproduce: (dataset: DatasetName, version: Digest) => `reproduce/${dataset}/${version.slice(0, 12)}`,
  reproducePage: (dataset: DatasetName, version: Digest, from: number) =>
    `reproduce/${dataset}/${version.slice(0, 12)}/${from}`,
  retrain: (dataset: DatasetName, version: Digest, model: Digest) =>
    `retrain/${dataset}/${version.slice(0, 12)}/${model.slice(0, 12)}`,
  retrainPage: (dataset: DatasetName, version: Digest, model: Digest, from: number) =>
    `retrain/${dataset}/${version.slice(0, 12)}/${model.slice(0, 12)}/${from}`,
  verify: (dataset: DatasetName) => `verify/${dataset}`,
  publish: (dataset: DatasetName, round: number, stage: 'freeze' | 'round') => `publish/${dataset}/${round}/${stage}`,
  erratum: (dataset: DatasetName, series: SeriesId) => `erratum/${dataset}/${series}`,
  evaluate: (dataset: DatasetName, round: number, version: Digest, model: Digest) =>
    `evaluate/${dataset}/${round}/${version.slice(0, 12)}/${model.slice(0, 12)}`,
} as const;

/** Temporal Schedules; Temporal puts the time behind the ids of the workflows that they start. */
export const scheduleId = {
  verify: (dataset: DatasetName) => `verify/${dataset}`,
} as const;

/** The inverse of `workflowId.review`; undefined for any other workflow. */
export function taskOfWorkflow(id: string): TaskId | undefined {
  const task = id.startsWith('review/') ? id.slice('review/'.length) : '';
  return TASK_ID.pattern.test(task) ? task : undefined;
}
