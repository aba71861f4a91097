import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readVolumeFile } from '../../adapters/formats.ts';
import { asMask, encodeMha } from '../../adapters/volume.ts';
import { compareSeries } from '../../core/catalog.ts';
import {
  CLASS_OF_STAND_IN,
  ignoreNumber,
  labelsOfNumbers,
  mappedClasses,
  mappingByNames,
} from '../../core/exports/nnunet-back.ts';
import { LabelMapping } from '../../core/exports/nnunet.ts';
import { parseSeriesId, SeriesId } from '../../core/ids.ts';
import { refusalOf, type Refusal } from '../../core/ingest.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { structureClass, STRUCTURE_CLASSES, type StructureClass } from '../../core/labels.ts';
import { relabelled } from '../../core/relabel.ts';
import type { Mask } from '../../core/volume.ts';
import type { CohortFile, CohortSeries } from '../cohort-plan.ts';
import { concurrently } from '../concurrently.ts';
import {
  asInManifest,
  jsonBeside,
  manifestBeside,
  setsByPatient,
  setsInManifest,
  type NamedSet,
  type ReleasePlan,
} from './release-plan.ts';

/** Of dataset.json, what is needed. nnU-Net allows several numbers a label (regions); those can't be told apart again. */
const Dataset = z.object({
  channel_names: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.int().min(0).max(255)),
  file_ending: z.enum(['.mha', '.nii.gz', '.nii', '.nrrd']),
});
const Splits = z.array(z.object({ train: z.array(z.string()), val: z.array(z.string()) })).min(1);

const OWN_MAPPING = 'label_mapping.json';
const CASES_AT_ONCE = 2;

/**
 * An nnU-Net raw dataset of one channel: a case is a series. Masks are turned back into SPIDER's labels (or, where only classes are
 * known, made ready to be numbered at ingest), images of other formats into MHA; both are written to `staging`. The sets are those of
 * fold 0 of `splits_final.json`, if there is one. `labels` is the path of a label mapping, null for the dataset's own.
 * Throws InvalidInputError for what can't be used as a whole; single files are refused one by one.
 */
export async function readNnunetRelease(
  folder: string,
  labels: string | null,
  staging: string,
  onProgress: (done: number, total: number, file: string) => void,
): Promise<ReleasePlan> {
  const dataset = checked(Dataset, await jsonBeside(folder, 'dataset.json'), 'dataset.json');
  const channels = Object.keys(dataset.channel_names).length;
  if (channels !== 1) throw new InvalidInputError('dataset.json', 'channel_names', 'one channel', `${channels}`);
  const mapping = await mappingOf(folder, labels, dataset.labels);
  const manifest = await manifestBeside(folder);
  const cases = await casesOf(folder, dataset.file_ending);
  let done = 0;
  const planned = await concurrently(cases, CASES_AT_ONCE, async (name) => {
    const result = await plannedCase({ folder, staging, ending: dataset.file_ending, name, mapping }, manifest);
    onProgress(++done, cases.length, name);
    return { name, ...result };
  });
  const series = planned.flatMap(({ planned: entry }) => entry ?? []).sort(compareSeries);
  const twice = series.find((entry, at) => entry.series === series[at + 1]?.series);
  if (twice) throw new InvalidInputError(labels ?? OWN_MAPPING, 'cases', 'each series once', `${twice.series} twice`);
  const seriesOf = new Map(planned.flatMap(({ name, planned: entry }) => (entry ? [[name, entry.series]] : [])));
  const named = [...(await setsInFold(folder, seriesOf)), ...setsInManifest(manifest)];
  return { series, refused: planned.flatMap(({ refused }) => refused), sets: setsByPatient(series, named) };
}

async function mappingOf(folder: string, path: string | null, labels: Record<string, number>): Promise<LabelMapping> {
  const given = path === null ? await jsonBeside(folder, OWN_MAPPING) : await jsonBeside('', path);
  if (given !== null) return checked(LabelMapping, given, path ?? OWN_MAPPING);
  if (path !== null) throw new InvalidInputError(path, 'file', 'a label mapping', 'none');
  const mapping = mappingByNames(labels);
  if (mapping) return mapping;
  const expected = `background, ${STRUCTURE_CLASSES.join(', ')} and ignore alone, or a label mapping`;
  throw new InvalidInputError('dataset.json', 'labels', expected, 'other names');
}

async function casesOf(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(join(folder, 'imagesTr')).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(folder, 'imagesTr', 'a readable folder', error.code ?? 'none');
  });
  const tail = `_0000${ending}`;
  return names
    .filter((name) => name.endsWith(tail) && !name.startsWith('.'))
    .map((name) => name.slice(0, -tail.length))
    .sort();
}

interface Case {
  folder: string;
  staging: string;
  ending: string;
  name: string;
  mapping: LabelMapping;
}

async function plannedCase(
  one: Case,
  manifest: Awaited<ReturnType<typeof manifestBeside>>,
): Promise<{ planned: CohortSeries | null; refused: Refusal[] }> {
  const { name, ending, mapping } = one;
  const [imageName, maskName] = [`imagesTr/${name}_0000${ending}`, `labelsTr/${name}${ending}`];
  const known = mapping.cases && Object.hasOwn(mapping.cases, name) ? mapping.cases[name] : undefined;
  const id = known?.series ?? SeriesId.safeParse(name).data;
  if (id === undefined) {
    const expected = '<study>_<t1|t2|t2_SPACE>, or an entry in `cases` of the label mapping';
    return { planned: null, refused: [{ file: imageName, field: 'name', expected, got: 'another name' }] };
  }
  const refused: Refusal[] = [];
  const image = await orRefused(refused, () => stagedImage(one, imageName));
  if (!image) return { planned: null, refused };
  const mask = await orRefused(refused, () => stagedMask(one, maskName, manifest.has(id)));
  const { study, sequence } = parseSeriesId(id);
  const planned: CohortSeries = {
    series: id,
    study,
    patient: known?.patient ?? study,
    sequence,
    hospital: known?.hospital ?? 'unknown',
    sex: known?.sex ?? 'unknown',
    overview: null,
    image,
    mask: mask?.file ?? null,
    annotatedClasses: mask?.classes ?? [...STRUCTURE_CLASSES],
    classOfLabel: mapping.labelling === 'semantic' ? CLASS_OF_STAND_IN : null,
  };
  return { planned: asInManifest(planned, manifest.get(id)), refused };
}

async function stagedImage({ folder, staging, ending }: Case, name: string): Promise<CohortFile> {
  if (ending === '.mha') return { path: join(folder, name), name };
  const { volume } = await readVolumeFile(join(folder, name), name);
  return staged(staging, name, await encodeMha(volume));
}

async function stagedMask(
  { folder, staging, mapping }: Case,
  name: string,
  classesAreKnown: boolean,
): Promise<{ file: CohortFile; classes: StructureClass[] }> {
  const given = asMask((await readVolumeFile(join(folder, name), name)).volume, name);
  const ignore = ignoreNumber(mapping);
  const partly = ignore !== undefined && given.voxels.includes(ignore);
  const mask = relabelled(given, labelsOfNumbers(mapping), name, 'numbers of the label mapping');
  const classes = partly ? classesIn(mask) : mappedClasses(mapping);
  if (classes.length === 0 && !classesAreKnown)
    throw new InvalidInputError(name, 'voxels', 'a structure that is not ignored', 'none');
  return { file: await staged(staging, name, await encodeMha(mask)), classes };
}

function classesIn({ voxels }: Mask): StructureClass[] {
  const found = new Set([...new Set(voxels)].map((label) => structureClass(label)));
  return STRUCTURE_CLASSES.filter((name) => found.has(name));
}

async function staged(staging: string, name: string, bytes: Uint8Array): Promise<CohortFile> {
  const path = join(staging, `${name.replaceAll('/', '_')}.mha`);
  await writeFile(path, bytes);
  return { path, name };
}

async function orRefused<T>(refused: Refusal[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    refused.push(refusalOf(error));
    return null;
  }
}

async function setsInFold(folder: string, seriesOf: ReadonlyMap<string, SeriesId>): Promise<NamedSet[]> {
  const value = await jsonBeside(folder, 'splits_final.json');
  if (value === null) return [];
  const [fold] = checked(Splits, value, 'splits_final.json');
  const named = (names: readonly string[], set: NamedSet['set']) =>
    names.flatMap((name): NamedSet[] => {
      const series = seriesOf.get(name);
      return series === undefined ? [] : [{ series, set, where: 'splits_final.json' }];
    });
  return [...named(fold!.train, 'train'), ...named(fold!.val, 'validation')];
}

function checked<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const expected = (issue?.message ?? 'another value').replace(/^(Invalid input: )?expected /, '');
  throw new InvalidInputError(name, issue?.path.join('.') || 'content', expected, 'another value');
}
