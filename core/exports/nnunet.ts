import { z } from 'zod';
import { Sex } from '../catalog.ts';
import { Hospital, PatientId, SeriesId } from '../ids.ts';
import { CANAL, isDisc, STRUCTURE_CLASSES, structureClass } from '../labels.ts';
import type { Manifest, ManifestSeries } from '../manifest.ts';

export const NNUNET_LABELLINGS = ['semantic', 'instances'] as const;
export type NnunetLabelling = (typeof NNUNET_LABELLINGS)[number];

export const LABEL_MAPPING_SCHEMA = 'spindle.nnunet-labels/1';

const MappedLabel = z.strictObject({
  number: z.int().min(0).max(255),
  name: z.string(),
  /** Its label in SPIDER's convention; null where it isn't one. */
  spider: z.int().min(0).max(225).nullable(),
  class: z.enum(STRUCTURE_CLASSES).nullable(),
});

/** Whose a case is that isn't named as a series. */
const MappedCase = z.strictObject({
  series: SeriesId,
  patient: PatientId.optional(),
  hospital: Hospital.optional(),
  sex: Sex.optional(),
});

/**
 * What the numbers of an nnU-Net dataset are: nnU-Net wants labels from 0 without a gap. An export writes one beside its masks; for
 * another dataset a person does, and says whose the cases are.
 */
export const LabelMapping = z.strictObject({
  schema: z.literal(LABEL_MAPPING_SCHEMA),
  /** `semantic`: a number is a class. `instances`: a number is one structure, and leads to its label. */
  labelling: z.enum(NNUNET_LABELLINGS),
  labels: z
    .array(MappedLabel)
    .refine((all) => new Set(all.map(({ number }) => number)).size === all.length, 'expected each number once'),
  cases: z.record(z.string(), MappedCase).optional(),
});
export type LabelMapping = z.infer<typeof LabelMapping>;

type MappedLabel = z.infer<typeof MappedLabel>;

/**
 * Numbers for nnU-Net. `semantic`: vertebra 1, disc 2, canal 3. `instances`: every label of the version's references, ascending.
 * Where a reference lacks a class, `ignore` follows as the highest number: background of that mask tells nothing about the class.
 */
export function labelMapping({ series }: Manifest, labelling: NnunetLabelling): LabelMapping {
  const found = [...new Set(series.flatMap(({ reference }) => reference.labels))].sort((a, b) => a - b);
  const structures: Omit<MappedLabel, 'number'>[] =
    labelling === 'semantic'
      ? STRUCTURE_CLASSES.map((name) => ({ name, spider: null, class: name }))
      : found.map((label) => ({ name: structureName(label), spider: label, class: structureClass(label) ?? null }));
  const ignore = series.some((entry) => !isWhole(entry)) ? [{ name: 'ignore', spider: null, class: null }] : [];
  const labels = [{ name: 'background', spider: 0, class: null }, ...structures, ...ignore];
  return { schema: LABEL_MAPPING_SCHEMA, labelling, labels: labels.map((label, number) => ({ number, ...label })) };
}

/** The number that each SPIDER label, 0–255, becomes in the mask of one series; -1 for a label that should not be there. */
export function numbersOf({ labelling, labels }: LabelMapping, series: ManifestSeries): Int16Array {
  const ignore = labels.find(({ name }) => name === 'ignore')?.number ?? 0;
  return Int16Array.from({ length: 256 }, (_, label) => {
    if (label === 0) return isWhole(series) ? 0 : ignore;
    const same = labels.find((each) =>
      labelling === 'semantic' ? each.class === structureClass(label) && each.class !== null : each.spider === label,
    );
    return same?.number ?? -1;
  });
}

/** The `dataset.json` of an nnU-Net raw dataset. Its own fields are all nnU-Net reads; the others say what it is. */
export function nnunetDataset(manifest: Manifest, version: string, { labels }: LabelMapping): object {
  return {
    channel_names: { '0': 'MRI' },
    labels: Object.fromEntries(labels.map(({ name, number }) => [name, number])),
    numTraining: manifest.series.length,
    file_ending: '.mha',
    overwrite_image_reader_writer: 'SimpleITKIO',
    name: manifest.dataset,
    release: version,
  };
}

function isWhole({ reference }: ManifestSeries): boolean {
  return STRUCTURE_CLASSES.every((name) => reference.annotatedClasses.includes(name));
}

function structureName(label: number): string {
  if (label === CANAL) return 'canal';
  return isDisc(label) ? `disc_${label - 200}` : `vertebra_${label}`;
}
