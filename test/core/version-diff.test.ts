import { describe, expect, it } from 'vitest';
import type { Manifest, ManifestSeries } from '../../core/manifest.ts';
import { diffManifests } from '../../core/version-diff.ts';
import { parseSeriesId, type SeriesId } from '../../core/ids.ts';
import { GIVEN } from '../../core/catalog.ts';

const file = (digest: string, voxels = digest) => ({
  digest: digest.repeat(64),
  bytes: 1,
  voxelDigest: voxels.repeat(64),
});

function entry(series: SeriesId, facts: Partial<ManifestSeries> = {}): ManifestSeries {
  return {
    series,
    ...parseSeriesId(series),
    patient: `p${parseSeriesId(series).study}`,
    hospital: 'RH1',
    sex: 'F',
    grid: { size: [1, 1, 1], spacingMm: [1, 1, 1], originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
    image: file('a'),
    sourceDigest: 'a'.repeat(64),
    overview: { EchoTime: '90' },
    split: 'train',
    reference: {
      mask: file('b'),
      ...GIVEN,
      labels: [1],
      incompleteVertebrae: [],
      annotatedClasses: ['vertebra'],
    },
    ...facts,
  };
}

function manifest(...series: ManifestSeries[]): Manifest {
  const split = Object.fromEntries(series.map(({ patient, split: set }) => [patient, set]));
  return { schema: 'spindle.manifest/1', dataset: 'spider', parent: null, series, split };
}

const NOTHING = { image: 'same', mask: 'same', grid: [], facts: [], provenance: [] };

describe('diffManifests', () => {
  it('finds nothing between a manifest and itself', () => {
    const same = manifest(entry('1_t1'), entry('2_t1'));
    expect(diffManifests(same, same)).toEqual({
      patients: { added: [], removed: [], moved: [] },
      added: [],
      removed: [],
      changed: [],
      same: 2,
    });
  });

  it('tells series and patients that came, went and moved', () => {
    const before = manifest(entry('1_t1'), entry('2_t1'), entry('3_t1'));
    const after = manifest(entry('2_t1', { split: 'validation' }), entry('3_t1'), entry('3_t2'), entry('4_t1'));
    expect(diffManifests(before, after)).toEqual({
      patients: {
        added: ['p4'],
        removed: ['p1'],
        moved: [{ patient: 'p2', before: 'train', after: 'validation' }],
      },
      added: ['3_t2', '4_t1'],
      removed: ['1_t1'],
      changed: [
        {
          ...NOTHING,
          series: '2_t1',
          patient: 'p2',
          facts: [{ field: 'split', before: 'train', after: 'validation' }],
        },
      ],
      same: 1,
    });
  });

  it('tells other bytes from other voxels, and a moved grid', () => {
    const { reference, grid } = entry('1_t1');
    const after = manifest(
      entry('1_t1', { image: file('c', 'a') }),
      entry('2_t1', { reference: { ...reference, mask: file('d') }, grid: { ...grid, originLpsMm: [0, 0, 5] } }),
    );
    expect(diffManifests(manifest(entry('1_t1'), entry('2_t1')), after).changed).toEqual([
      { ...NOTHING, series: '1_t1', patient: 'p1', image: 'rewritten' },
      { ...NOTHING, series: '2_t1', patient: 'p2', mask: 'changed', grid: ['originLpsMm'] },
    ]);
  });

  it('tells how the reference came to be, and columns of the overview', () => {
    const { reference } = entry('1_t1');
    const after = manifest(
      entry('1_t1', {
        overview: { EchoTime: '100', FlipAngle: '90' },
        reference: { ...reference, origin: 'corrected', reviewer: 'ada' },
      }),
    );
    const [changed] = diffManifests(manifest(entry('1_t1')), after).changed;
    expect(changed).toEqual({
      ...NOTHING,
      series: '1_t1',
      patient: 'p1',
      facts: [
        { field: 'overview.EchoTime', before: '90', after: '100' },
        { field: 'overview.FlipAngle', before: null, after: '90' },
      ],
      provenance: [
        { field: 'origin', before: 'given', after: 'corrected' },
        { field: 'reviewer', before: null, after: 'ada' },
      ],
    });
  });
});
