import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CohortMapping, MAPPING_SCHEMA } from '../../core/cohort-mapping.ts';

const ENTRY = {
  series: '107_t2',
  hospital: 'EXT1',
  sex: 'F',
  image: 'images/107.mha',
  mask: 'masks/107.mha',
  role: 'initial',
  labels: 'spider',
  annotatedClasses: ['vertebra', 'disc', 'canal'],
};

/** Where a mapping of these entries is wrong, as `path: message`; nothing when it is fine. */
function faults(...entries: object[]): string[] {
  const mapping = { schema: MAPPING_SCHEMA, description: 'made by hand', series: entries };
  const { error } = CohortMapping.safeParse(mapping);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('CohortMapping', () => {
  it('takes masks in SPIDER labels, masks of classes, images without a mask', () => {
    const classes = { ...ENTRY, series: '5_t1', labels: { '1': 'vertebra', '2': 'disc', '3': 'canal' } };
    const bare = { ...ENTRY, series: '6_t1', mask: null, annotatedClasses: [] };
    expect(faults(ENTRY, classes, bare)).toEqual([]);
  });

  it.each([
    ['../secret.mha'],
    ['/etc/passwd'],
    ['a/../../b.mha'],
    ['a//b.mha'],
    ['a\\b.mha'],
    ['.hidden/a.mha'],
    ['a/.hidden.mha'],
    ['-/a b.mha'],
    [''],
  ])('refuses %j as a path inside the folder', (image) => {
    expect(faults({ ...ENTRY, image })[0]).toMatch(/^series\.0\.image: expected a (relative )?path/);
  });

  it('refuses a held-back series without a mask, and a mask of no class', () => {
    expect(faults({ ...ENTRY, mask: null, role: 'held-back' })).toEqual([
      'series.0.mask: expected a mask, since it is held back',
    ]);
    expect(faults({ ...ENTRY, annotatedClasses: [] })).toEqual([
      'series.0.annotatedClasses: expected the classes of the mask',
    ]);
  });

  it('refuses a class that is annotated by no label', () => {
    expect(faults({ ...ENTRY, labels: { '1': 'vertebra' } })).toEqual([
      'series.0.labels: expected a label for disc and canal',
    ]);
    expect(faults({ ...ENTRY, labels: { '1': 'vertebra' }, annotatedClasses: ['vertebra'] })).toEqual([]);
  });

  it.each(['0', '256', '01', '-1', '1.5', 'x'])('refuses %j as a label', (label) => {
    expect(faults({ ...ENTRY, labels: { [label]: 'vertebra' }, annotatedClasses: ['vertebra'] })).not.toEqual([]);
  });

  it('refuses a series twice, and a mapping of nothing', () => {
    expect(faults(ENTRY, ENTRY)).toEqual(['series: expected each series once']);
    expect(faults()).not.toEqual([]);
  });

  it('takes every mapping that lies in the repository', () => {
    const folder = join(import.meta.dirname, '../../infra/cohorts');
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) CohortMapping.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  });
});
