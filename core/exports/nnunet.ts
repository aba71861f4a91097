import { CANAL, isDisc, STRUCTURE_CLASSES, structureClass } from '../labels.ts';
import type { Manifest, ManifestSeries } from '../manifest.ts';

export const NNUNET_LABELLINGS = ['semantic', 'instances'] as const;
export type NnunetLabelling = (typeof NNUNET_LABELLINGS)[number];

export const LABEL_MAPPING_SCHEMA = 'spindle.nnunet-labels/1';

/** nnU-Net wants labels from 0 without a gap, and by name; this says what each number was in SPIDER's labels. */
export interface LabelMapping {
  schema: typeof LABEL_MAPPING_SCHEMA;
  /** `semantic`: a number is a class. `instances`: a number is one structure, and leads back to its label. */
  labelling: NnunetLabelling;
  labels: { number: number; name: string; spider: number | null; class: string | null }[];
}

const SEMANTIC = [...STRUCTURE_CLASSES];

/**
 * Numbers for nnU-Net. `semantic`: vertebra 1, disc 2, canal 3. `instances`: every label of the version's references, ascending.
 * Where a reference lacks a class, `ignore` follows as the highest number: background of that mask tells nothing about the class.
 */
export function labelMapping({ series }: Manifest, labelling: NnunetLabelling): LabelMapping {
  const found = [...new Set(series.flatMap(({ reference }) => reference.labels))].sort((a, b) => a - b);
  const structures =
    labelling === 'semantic'
      ? SEMANTIC.map((name) => ({ name: name, spider: null, class: name }))
      : found.map((label) => ({ name: structureName(label), spider: label, class: structureClass(label) ?? null }));
  const labels = [{ name: 'background', spider: 0 as number | null, class: null as string | null }, ...structures];
  if (series.some((entry) => !isWhole(entry))) labels.push({ name: 'ignore', spider: null, class: null });
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
