import { GIVEN, type SplitSet } from '../../../core/catalog.ts';
import { parseSeriesId, type SeriesId } from '../../../core/ids.ts';
import type { Manifest, ManifestSeries } from '../../../core/manifest.ts';

/** What a test says of a series; the rest is the same for all. */
export type SomeSeries = Partial<Omit<ManifestSeries, 'reference'>> & {
  series: SeriesId;
  reference?: Partial<ManifestSeries['reference']>;
};

/** A manifest without bytes behind it. A series' patient is its study and trains, unless said otherwise. */
export function manifestOf(all: SomeSeries[]): Manifest {
  const series = all.map(seriesOf);
  const split: Record<string, SplitSet> = Object.fromEntries(series.map((entry) => [entry.patient, entry.split]));
  return { schema: 'spindle.manifest/1', dataset: 'small', parent: null, series, split };
}

function seriesOf({ reference, ...facts }: SomeSeries): ManifestSeries {
  const { study, sequence } = parseSeriesId(facts.series);
  const volume = (digit: string, bytes: number) => ({
    digest: digit.repeat(64),
    bytes,
    voxelDigest: digit.repeat(64),
  });
  return {
    study,
    sequence,
    patient: study,
    hospital: 'RH1',
    sex: 'F',
    grid: {
      size: [4, 3, 2],
      spacingMm: [1, 0.5, 4],
      originLpsMm: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    },
    image: volume('a', 100),
    sourceDigest: 'b'.repeat(64),
    overview: null,
    split: 'train',
    ...facts,
    reference: {
      mask: volume('c', 10),
      ...GIVEN,
      labels: [1, 2, 100, 201],
      incompleteVertebrae: [],
      annotatedClasses: ['vertebra', 'disc', 'canal'],
      ...reference,
    },
  };
}
