import { describe, expect, it } from 'vitest';
import { croissant, numberOf } from '../../../core/exports/croissant.ts';
import { bidsPaths, participantsTable } from '../../../core/exports/bids.ts';
import { datasheet } from '../../../core/exports/datasheet.ts';
import { labelMapping, numbersOf } from '../../../core/exports/nnunet.ts';
import { manifestOf } from './manifests.ts';

describe('BIDS', () => {
  it('has a session for each study of a patient who has several', () => {
    const paths = bidsPaths(
      manifestOf([{ series: '1_t1', patient: 'ab-1' }, { series: '2_t2', patient: 'ab-1' }, { series: '3_t2_SPACE' }]),
    );
    expect([...paths.values()].map(({ image }) => image)).toEqual([
      'sub-ab1/ses-1/anat/sub-ab1_ses-1_acq-t1_T1w',
      'sub-ab1/ses-2/anat/sub-ab1_ses-2_acq-t2_T2w',
      'sub-3/anat/sub-3_acq-t2SPACE_T2w',
    ]);
  });

  it.each([
    ['ab-1', 'ab1'],
    ['AB1', 'ab1'],
    ['--', '1'],
  ])('refuses patients %s and %s, who would be one subject or none', (one, other) => {
    const manifest = manifestOf([
      { series: '1_t1', patient: one },
      { series: '2_t1', patient: other },
    ]);
    expect(() => bidsPaths(manifest)).toThrow('patients: expected names that differ in letters and digits');
  });

  it('does not guess a sex', () => {
    expect(participantsTable(manifestOf([{ series: '1_t1', sex: 'unknown' }]))).toContain('sub-1\tn/a\tRH1\ttrain\n');
  });
});

describe('labels for nnU-Net', () => {
  const manifest = manifestOf([
    { series: '1_t1' },
    { series: '2_t1', reference: { labels: [201], annotatedClasses: ['disc'] } },
  ]);

  it('call the background of a mask that lacks a class "ignore", the highest number', () => {
    const mapping = labelMapping(manifest, 'semantic');
    expect(mapping.labels.map(({ name }) => name)).toEqual(['background', 'vertebra', 'disc', 'canal', 'ignore']);
    const [whole, discs] = manifest.series.map((entry) => numbersOf(mapping, entry));
    expect([0, 1, 25, 100, 201, 225].map((label) => whole![label])).toEqual([0, 1, 1, 3, 2, 2]);
    expect([0, 201].map((label) => discs![label])).toEqual([4, 2]);
    expect([26, 99, 126, 226].map((label) => whole![label])).toEqual([-1, -1, -1, -1]);
  });

  it('number only labels that occur', () => {
    const mapping = labelMapping(manifest, 'instances');
    const names = ['background', 'vertebra_1', 'vertebra_2', 'canal', 'disc_1', 'ignore'];
    expect(mapping.labels.map(({ name, number }) => [name, number])).toEqual(names.map((name, at) => [name, at]));
    expect(numbersOf(mapping, manifest.series[0]!)[3]).toBe(-1);
  });
});

describe('a datasheet', () => {
  const manifest = manifestOf([
    { series: '1_t1', hospital: 'OH', overview: { Manufacturer: 'Mag|net <b>' } },
    { series: '1_t2', hospital: 'OH', reference: { labels: [1, 201, 202], incompleteVertebrae: [1] } },
    {
      series: '2_t2',
      split: 'validation',
      reference: {
        ...{ origin: 'corrected', base: 'proposal', modelDigest: 'd'.repeat(64), round: 2, reviewer: 'ada' },
        ...{ minutes: 90, voxelsChanged: 1234, annotatedClasses: ['disc'], labels: [201] },
      },
    },
  ]);
  const text = datasheet(manifest, 'e'.repeat(64), { licence: null, citation: 'CITATION.cff' });

  it.each([
    '- 2 patients: 1 train, 1 validation',
    '- 3 series, each an MR volume with a reference mask on its grid; 330 bytes in all',
    '- 3 vertebrae (1 cut by the edge of their volume), 4 discs, 1 canals',
    '- voxels from 0.5 to 4 mm along an axis',
    '- 1 references lack a class',
    '| OH | 1 | 2 | 0 | 0 |',
    '| RH1 | 0 | 0 | 1 | 1 |',
    '| t2 | 1 | 1 | 1 | 1 |',
    '| Mag\\|net \\<b\\> | 1 | 1 | 0 | 0 |',
    '- 2 references came with the data, 0 were accepted as shown, 1 were corrected',
    '- 1 reviewers worked 1.5 hours on them and changed 1234 voxels',
    `- proposals by model \`${'d'.repeat(64)}\``,
    '- licence: **missing**: nobody is told what they may do with the data',
    '- citation: see [CITATION.cff](CITATION.cff)',
  ])('says: %s', (line) => {
    expect(text).toContain(line);
  });

  it('names no reviewer', () => {
    expect(text).not.toContain('ada');
  });
});

describe('Croissant', () => {
  it('takes a count for a whole number only where every series has one', () => {
    const manifest = manifestOf([
      { series: '1_t1' },
      { series: '2_t1', reference: { labels: [201], annotatedClasses: ['disc'] } },
    ]);
    const described = croissant(manifest, 'e'.repeat(64), [], {}) as {
      recordSet: { '@id': string; field: { '@id': string; dataType: string }[] }[];
    };
    const { field } = described.recordSet.find((set) => set['@id'] === 'series')!;
    const typeOf = (column: string) => field.find((each) => each['@id'] === `series/${column}`)!.dataType;
    expect(['num_vertebrae', 'num_discs', 'sex'].map(typeOf)).toEqual(['sc:Text', 'sc:Integer', 'sc:Text']);
  });
});

describe('the number of a version', () => {
  it.each([
    [[], [], null],
    [[], ['baseline', '2024', 'v1.2', '1.2.3.4', '01.0.0'], null],
    [[], ['v1.9.0', '1.10.0', 'newest'], '1.10.0'],
    [[], ['v2.0.0-rc.1'], '2.0.0-rc.1'],
    [[], ['2.0.0-rc.1', '2.0.0', '2.0.0-beta'], '2.0.0'],
    [['1.0.0'], ['3.0.0', '1.0.0'], '1.0.0'],
    [['1.0.0', '1.0.1'], [], '1.0.1'],
  ] as const)('of releases %j and tags %j is %s', (releases, tags, number) => {
    expect(numberOf(releases, tags)).toBe(number);
  });
});
