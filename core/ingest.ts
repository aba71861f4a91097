import { z } from 'zod';
import { CatalogSeries, OverviewRow, Sex } from './catalog.ts';
import { DatasetName, Hospital, ObjectRef, PatientId, Sequence, SeriesId, StudyId } from './ids.ts';
import { InvalidInputError } from './invalid-input.ts';
import { STRUCTURE_CLASSES } from './labels.ts';

/** What `cohort ingest` hands to the ingest workflow: files already uploaded, named by digest; names only for messages. */
export const UploadedFile = z.object({ ...ObjectRef.shape, name: z.string() });

export const IngestItem = z.object({
  series: SeriesId,
  study: StudyId,
  patient: PatientId,
  sequence: Sequence,
  hospital: Hospital,
  sex: Sex,
  overview: OverviewRow.nullable(),
  image: UploadedFile,
  mask: UploadedFile.nullable(),
  annotatedClasses: z.array(z.enum(STRUCTURE_CLASSES)),
  /** Set when the mask holds classes instead of SPIDER's labels: its label → class. */
  classOfLabel: z.record(z.string(), z.enum(STRUCTURE_CLASSES)).nullable(),
});
export type IngestItem = z.infer<typeof IngestItem>;

export const IngestList = z.object({ schema: z.literal('spindle.ingest/1'), items: z.array(IngestItem) });
export type IngestList = z.infer<typeof IngestList>;

export const Refusal = z.object({ file: z.string(), field: z.string(), expected: z.string(), got: z.string() });
export type Refusal = z.infer<typeof Refusal>;

/** What wrong input is refused with. Anything else was not foreseen and is thrown again. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof InvalidInputError)) throw error;
  const { object, field, expected, got } = error;
  return { file: object, field, expected, got };
}

/** What the gate made of one item: the series as it may enter the catalog (its mask, if good, as a reference), and what was refused. */
export const IngestResult = z.object({ name: z.string(), taken: CatalogSeries.nullable(), refused: z.array(Refusal) });
export type IngestResult = z.infer<typeof IngestResult>;

export const IngestSummary = z.object({
  added: z.int(),
  unchanged: z.int(),
  masks: z.int(),
  refused: z.array(Refusal),
});
export type IngestSummary = z.infer<typeof IngestSummary>;

export const IngestInput = z.object({
  dataset: DatasetName,
  /** Folder under `uploads/` that holds the files. */
  folder: z.string(),
  list: ObjectRef,
  cursor: z.int().nonnegative(),
  soFar: IngestSummary,
});
export type IngestInput = z.infer<typeof IngestInput>;

export const NOTHING_INGESTED: IngestSummary = { added: 0, unchanged: 0, masks: 0, refused: [] };

export function addSummaries(a: IngestSummary, b: IngestSummary): IngestSummary {
  return {
    added: a.added + b.added,
    unchanged: a.unchanged + b.unchanged,
    masks: a.masks + b.masks,
    refused: [...a.refused, ...b.refused],
  };
}
