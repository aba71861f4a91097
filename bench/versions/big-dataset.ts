import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/canonical-json.ts';
import { CATALOG_SCHEMA, GIVEN, type Catalog, type CatalogSeries } from '../../core/catalog.ts';
import type { Digest } from '../../core/ids.ts';
import { SPIDER_COLUMNS } from '../../core/overview.ts';

/** Series of one patient: a T1 and a T2 of one study. */
const SEQUENCES = ['t1', 't2'] as const;

/**
 * The canonical JSON of a catalog of `count` series as large as SPIDER's, in pieces, without any volume behind it. `minutes` of the
 * series `changed` (by position) are other ones: a later state of the same dataset.
 */
export async function* bigCatalog(
  dataset: string,
  count: number,
  changed: ReadonlySet<number>,
): AsyncGenerator<Buffer> {
  yield Buffer.from(`{"dataset":${JSON.stringify(dataset)},"schema":${JSON.stringify(CATALOG_SCHEMA)},"series":[`);
  let waiting: string[] = [];
  for (let at = 0; at < count; at++) {
    waiting.push(`${at > 0 ? ',' : ''}${canonicalJson(bigSeries(at, changed.has(at)))}`);
    if (waiting.length < 200) continue;
    yield Buffer.from(waiting.join(''));
    waiting = [];
  }
  const split: Catalog['split'] = {};
  for (let study = 1; study <= Math.ceil(count / SEQUENCES.length); study++) {
    split[study] = study % 5 === 0 ? 'validation' : 'train';
  }
  yield Buffer.from(`${waiting.join('')}],"split":${canonicalJson(split)}}`);
}

function bigSeries(at: number, changed: boolean): CatalogSeries {
  const study = String(1 + Math.floor(at / SEQUENCES.length));
  const sequence = SEQUENCES[at % SEQUENCES.length]!;
  const volume = (what: string, bytes: number) => ({
    digest: digestOf(`${what} ${at}`),
    bytes,
    voxelDigest: digestOf(`voxels of ${what} ${at}`),
  });
  return {
    series: `${study}_${sequence}`,
    study,
    patient: study,
    sequence,
    hospital: 'RH1',
    sex: 'F',
    grid: {
      size: [448, 448, 17],
      spacingMm: [0.6696428656578064, 0.6696428656578064, 4.399999618530273],
      originLpsMm: [-36.57183837890625 + at / 1024, -130.09117126464844, 151.30206298828125],
      direction: [0, 0, 1, 1, 0, 0, 0, -1, 0],
    },
    image: volume('image', 8_300_000),
    sourceDigest: digestOf(`source of ${at}`),
    overview: Object.fromEntries(SPIDER_COLUMNS.map((column, index) => [column, `${(at * 7 + index) % 1000}`])),
    reference: {
      mask: volume(changed ? 'corrected mask' : 'mask', 90_000),
      ...GIVEN,
      labels: [1, 2, 3, 4, 5, 6, 7, 100, 201, 202, 203, 204, 205, 206, 207],
      incompleteVertebrae: [7],
      annotatedClasses: ['vertebra', 'disc', 'canal'],
    },
    excluded: null,
  };
}

function digestOf(text: string): Digest {
  return createHash('sha256').update(text).digest('hex');
}
