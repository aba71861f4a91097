import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ManifestSeries } from '../core/manifest.ts';
import { STRUCTURE_CLASSES, structureClass } from '../core/labels.ts';
import type { TrainingCase } from '../core/trainer-contract.ts';
import type { Mask } from '../core/volume.ts';
import type { ObjectStore } from './object-store.ts';
import { asMask, decodeMha, encodeMha } from './volume.ts';

/** The folder below a job directory that holds the training set. */
export const RAW = 'raw';
/** nnU-Net knows classes, from 1 without a gap; `ignore` is for background voxels of a mask that lacks a class. */
const NNUNET_LABELS = { background: 0, vertebra: 1, disc: 2, canal: 3, ignore: 4 } as const;

/**
 * Writes a frozen training set below `<jobDir>/raw`, in nnU-Net's raw layout: `imagesTr/<series>_0000.mha`, `labelsTr/<series>.mha`
 * (classes), `dataset.json`, `splits_final.json` (one fold, by patient); beside it `instancesTr/<series>.mha`, the masks in
 * SPIDER's labels. Every file is verified against its digest. Returns the cases with paths relative to the job directory.
 */
export async function writeTrainingSet(
  store: ObjectStore,
  series: readonly ManifestSeries[],
  jobDir: string,
  onFile: () => void = () => {},
): Promise<TrainingCase[]> {
  const raw = join(jobDir, RAW);
  await rm(raw, { recursive: true, force: true });
  for (const folder of ['imagesTr', 'labelsTr', 'instancesTr']) await mkdir(join(raw, folder), { recursive: true });
  const cases: TrainingCase[] = [];
  for (const entry of series) {
    cases.push(await writeCase(store, entry, jobDir));
    onFile();
  }
  await writeJson(join(raw, 'dataset.json'), {
    channel_names: { '0': 'MRI' },
    labels: NNUNET_LABELS,
    numTraining: cases.length,
    file_ending: '.mha',
    overwrite_image_reader_writer: 'SimpleITKIO',
  });
  const of = (split: TrainingCase['split']) => cases.filter((each) => each.split === split).map((each) => each.series);
  await writeJson(join(raw, 'splits_final.json'), [{ train: of('train'), val: of('validation') }]);
  return cases;
}

async function writeCase(store: ObjectStore, entry: ManifestSeries, jobDir: string): Promise<TrainingCase> {
  const { series, patient, hospital, sequence, split, reference } = entry;
  const image = `${RAW}/imagesTr/${series}_0000.mha`;
  const mask = `${RAW}/instancesTr/${series}.mha`;
  await writeFile(join(jobDir, image), await store.getObject(entry.image.digest));
  const bytes = await store.getObject(reference.mask.digest);
  await writeFile(join(jobDir, mask), bytes);
  const classes = classMask(asMask(await decodeMha(bytes, series), series), reference.annotatedClasses);
  await writeFile(join(jobDir, RAW, 'labelsTr', `${series}.mha`), await encodeMha(classes));
  const { incompleteVertebrae, annotatedClasses } = reference;
  return { series, patient, hospital, sequence, split, image, mask, incompleteVertebrae, annotatedClasses };
}

function classMask(mask: Mask, annotated: readonly string[]): Mask {
  const whole = STRUCTURE_CLASSES.every((name) => annotated.includes(name));
  const background = whole ? NNUNET_LABELS.background : NNUNET_LABELS.ignore;
  const table = Int16Array.from({ length: 256 }, (_, label) => {
    const structure = structureClass(label);
    return structure === undefined ? background : NNUNET_LABELS[structure];
  });
  return { ...mask, voxels: mask.voxels.map((label) => table[label]!) };
}

/** Writes JSON whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${path}.part`, path);
}
