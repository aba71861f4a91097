import { z } from 'zod';
import type { ObjectRef } from '../ids.ts';
import type { StructureClass } from '../labels.ts';
import type { Manifest } from '../manifest.ts';
import { compareText } from '../mixed-hash.ts';
import { SPIDER_COLUMNS, HOSPITAL_COLUMN } from '../overview.ts';
import { versionFacts } from './version-facts.ts';

/** What Croissant asks of a release and no manifest knows. Read from a file, since it is not for Spindle to make up. */
export const ReleaseAbout = z.strictObject({
  description: z.string().min(1).optional(),
  /** Best the address of a licence, as SPDX lists them. */
  license: z.string().min(1).optional(),
  url: z.url().optional(),
  creator: z
    .array(
      z.strictObject({ '@type': z.enum(['Person', 'Organization']), name: z.string().min(1), url: z.url().optional() }),
    )
    .min(1)
    .optional(),
  datePublished: z.iso.date().optional(),
  /** Best in BibTeX. */
  citeAs: z.string().min(1).optional(),
  keywords: z.array(z.string().min(1)).optional(),
});
export type ReleaseAbout = z.infer<typeof ReleaseAbout>;

/** What the Croissant 1.0 specification requires and only a `ReleaseAbout` can give. */
const REQUIRED = ['license', 'url', 'creator', 'datePublished'] as const;

export function missingAbout(about: ReleaseAbout): string[] {
  return REQUIRED.filter((field) => about[field] === undefined);
}

/**
 * The number that a version goes by: that of its release, the greatest of several; else a tag that is one (`1.0.0`, `v1.2.3-rc.1`), the
 * greatest. Null when it has none.
 */
export function numberOf(releases: readonly string[], tags: readonly string[]): string | null {
  const numbers = (names: readonly string[]) =>
    names
      .map((name) => SEMANTIC.exec(name)?.[1])
      .filter((number) => number !== undefined)
      .sort(compareNumbers);
  return numbers(releases).at(-1) ?? numbers(tags).at(-1) ?? null;
}

/** As tags can be, which are of lower-case letters, digits, dots and hyphens. */
const SEMANTIC = /^v?((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?)$/;

/** By the three numbers; one that is not yet released (`-rc.1`) comes before the one that is. */
function compareNumbers(a: string, b: string): number {
  const parts = (number: string) => {
    const [core, ...rest] = number.split('-');
    return { numbers: core!.split('.').map(Number), rest: rest.join('-') };
  };
  const [x, y] = [parts(a), parts(b)];
  const differing = x.numbers.findIndex((value, at) => value !== y.numbers[at]);
  if (differing >= 0) return x.numbers[differing]! - y.numbers[differing]!;
  if (x.rest === '' || y.rest === '') return x.rest === y.rest ? 0 : x.rest === '' ? 1 : -1;
  return compareText(x.rest, y.rest);
}

/** A file of the release that the description names; `path` below the folder. */
export interface ReleaseFile extends ObjectRef {
  path: string;
}

/** Columns of overview.csv that count a class; every other one is text, as the publisher wrote it. */
const COUNTED: Record<string, StructureClass> = { num_vertebrae: 'vertebra', num_discs: 'disc' };
const TABLE = 'overview.csv';

/**
 * Describes a release folder in Croissant 1.0 (JSON-LD): a FileObject with its SHA-256 for every volume and the table, the rows of
 * the table as record set `series`, the two sets as `splits`, and which files a series has as `volumes`. Addresses are relative to
 * the folder. `files` are the volumes and `overview.csv`; `number` is the version's own (`numberOf`), null where it has none.
 */
export function croissant(
  manifest: Manifest,
  version: string,
  files: readonly ReleaseFile[],
  about: ReleaseAbout,
  number: string | null = null,
): object {
  const { description = describe(manifest), ...told } = about;
  return {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    name: manifest.dataset,
    description,
    ...told,
    // The number of its release; without one, semantic versioning puts a name behind the plus.
    version: number ?? `0.0.0+${version}`,
    isLiveDataset: false,
    distribution: files.map(fileObject),
    recordSet: [splits(), seriesRecords(manifest), volumes(manifest)],
  };
}

function describe(manifest: Manifest): string {
  const { patients, series, trainPatients, validationPatients } = versionFacts(manifest);
  return (
    `${series} MR series of ${patients} patients, each with a mask of its vertebrae, discs and spinal canal, ` +
    `split by patient: ${trainPatients} train, ${validationPatients} validation. DATASHEET.md says more.`
  );
}

function fileObject({ path, digest, bytes }: ReleaseFile): object {
  return {
    '@type': 'cr:FileObject',
    '@id': path,
    name: path,
    contentUrl: path,
    contentSize: `${bytes} B`,
    // MetaImage has no registered media type.
    encodingFormat: path === TABLE ? 'text/csv' : 'application/octet-stream',
    sha256: digest,
  };
}

function splits(): object {
  return {
    '@type': 'cr:RecordSet',
    '@id': 'splits',
    name: 'splits',
    description: 'The two sets, as overview.csv names them. By patient.',
    dataType: 'cr:Split',
    key: { '@id': 'splits/name' },
    field: [
      { '@type': 'cr:Field', '@id': 'splits/name', name: 'splits/name', dataType: 'sc:Text' },
      { '@type': 'cr:Field', '@id': 'splits/url', name: 'splits/url', dataType: ['sc:URL', 'wd:Q7397'] },
    ],
    data: [
      { 'splits/name': 'training', 'splits/url': 'cr:TrainingSplit' },
      { 'splits/name': 'validation', 'splits/url': 'cr:ValidationSplit' },
    ],
  };
}

function seriesRecords({ series }: Manifest): object {
  // An empty cell is no whole number: the count of a class that some reference does not have.
  const counted = (column: string) =>
    COUNTED[column] !== undefined &&
    series.every(({ reference }) => reference.annotatedClasses.includes(COUNTED[column]!));
  return {
    '@type': 'cr:RecordSet',
    '@id': 'series',
    name: 'series',
    description: 'A record for every series: its set, its structures, and the settings it was taken with.',
    key: { '@id': 'series/new_file_name' },
    field: [...SPIDER_COLUMNS, HOSPITAL_COLUMN].map((column) => ({
      '@type': 'cr:Field',
      '@id': `series/${column}`,
      name: `series/${column}`,
      dataType: counted(column) ? 'sc:Integer' : 'sc:Text',
      source: { fileObject: { '@id': TABLE }, extract: { column } },
      ...(column === 'subset' ? { references: { field: { '@id': 'splits/name' } } } : {}),
    })),
  };
}

function volumes({ series }: Manifest): object {
  const fields = ['series', 'image', 'image_sha256', 'mask', 'mask_sha256'] as const;
  return {
    '@type': 'cr:RecordSet',
    '@id': 'volumes',
    name: 'volumes',
    description: 'The image and the reference mask of every series, by the @id of their files.',
    key: { '@id': 'volumes/series' },
    field: fields.map((field) => ({
      '@type': 'cr:Field',
      '@id': `volumes/${field}`,
      name: `volumes/${field}`,
      dataType: 'sc:Text',
      ...(field === 'series' ? { references: { field: { '@id': 'series/new_file_name' } } } : {}),
    })),
    data: series.map((entry) => ({
      'volumes/series': entry.series,
      'volumes/image': `images/${entry.series}.mha`,
      'volumes/image_sha256': entry.image.digest,
      'volumes/mask': `masks/${entry.series}.mha`,
      'volumes/mask_sha256': entry.reference.mask.digest,
    })),
  };
}

/** The specification's own context, and Wikidata's prefix for the word it uses for a split. */
const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  samplingRate: 'cr:samplingRate',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
  wd: 'https://www.wikidata.org/wiki/',
};
