import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../core/inspection/inspect.ts';
import type { SplitPlan } from '../../core/split-plan.ts';
import { runCommand } from '../support/command-line.ts';

const folder = path.join(path.resolve(process.env['SPINDLE_REAL_DATA'] ?? '../shared/data'), 'spider_metadata');
const overview = path.join(folder, 'overview.csv');

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runCommand(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe.skipIf(!existsSync(overview))("the inspection of SPIDER's public tables", () => {
  const inspected = () => json('cohort', 'inspect', overview) as Promise<Inspection>;

  it("gives the paper's Table 1 and 2", async () => {
    const { hospitals, sets, voxelsFrom } = await inspected();
    expect(
      hospitals.map(({ hospital, studies, sequences: { t1, t2, t2_SPACE } }) => {
        return [hospital, studies, t1.series, t2.series, t2_SPACE.series];
      }),
    ).toEqual([
      ['OH', 90, 90, 90, 0],
      ['UMC', 41, 39, 39, 41],
      ['RH1', 43, 43, 37, 0],
      ['RH2', 44, 24, 44, 0],
      ['all', 218, 196, 210, 41],
    ]);
    expect(
      sets.map(({ set, patients, series, vertebrae, discs }) => [set, patients, series, vertebrae, discs]),
    ).toEqual([
      ['train', 179, 360, 2512, 2518],
      ['validation', 39, 87, 613, 629],
      ['all', 218, 447, 3125, 3147],
    ]);
    // The 17 T2 rows with the columns of the SPACE series do not pull the T2 ranges down to 1 mm.
    expect([voxelsFrom, hospitals.at(-1)?.sequences.t2.sliceMm]).toEqual(['table', { least: 3.3, most: 4.8 }]);
  });

  it('says what does not reproduce: the share of women and the smallest in-plane spacing', async () => {
    const { published } = await inspected();
    expect(published).toHaveLength(26);
    expect(published?.filter(({ same }) => !same)).toMatchObject([
      { figure: 'female, %', published: 63, found: 62.4 },
      { figure: 'smallest in-plane spacing, mm', published: 0.24, found: 0.286 },
    ]);
  });

  it('lists the known defects and no others', async () => {
    const { defects } = await inspected();
    const of = (rule: string) =>
      defects.filter((each) => each.rule === rule).map(({ id }) => id.slice(rule.length + 1));
    const t2 = [7, 11, 45, 65, 69, 110, 127, 129, 146, 152, 161, 177, 185, 191, 200, 220, 234].map((n) => `${n}_t2`);
    expect(of('header-of-other-series')).toEqual(t2);
    expect(of('sequence-not-as-named')).toEqual(['116_t2']);
    expect(of('counts-differ-in-study')).toEqual(['35', '55', '57', '64', '98', '118', '161']);
    expect(of('grading-label')).toEqual(['line-647', 'line-907']);
    expect(of('discs-not-as-graded')).toEqual(
      ['35_t2', '55_t1', '55_t2_SPACE', '57_t1', '57_t2_SPACE', '64_t2', '98_t1', '98_t2_SPACE'].concat([
        '107_t1',
        '107_t2',
        '107_t2_SPACE',
        '118_t2_SPACE',
        '152_t1',
        '152_t2',
        '152_t2_SPACE',
      ]),
    );
    // Two notes that docs/inspection.md explains.
    expect(of('body-part')).toEqual(['116_t1', '116_t2']);
    expect(of('scanner-differs-in-study')).toEqual(['209']);
    expect(defects).toHaveLength(17 + 1 + 7 + 2 + 15 + 2 + 1);
    expect(defects.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('does not see 58_t2, which only its image betrays, and says that no image was looked at', async () => {
    const { defects, unchecked } = await inspected();
    expect(defects.filter(({ series }) => series.includes('58_t2'))).toEqual([]);
    expect(unchecked[0]).toMatch(/^image headers against the table/);
  });
});

describe.skipIf(!existsSync(overview))("a split of SPIDER's patients", () => {
  it('is of the published size and no less balanced in any grouping, whatever the seed', async () => {
    for (const seed of ['1', '2', '3']) {
      const plan = (await json('split', 'plan', overview, '--seed', seed)) as SplitPlan;
      expect(plan.table[0]).toEqual({ group: 'all', value: 'patients', train: 179, validation: 39 });
      expect(plan.published?.table[0]).toEqual(plan.table[0]);
      for (const key of ['hospital', 'sex', 'sequences', 'overall'] as const)
        expect(plan.imbalance[key]).toBeLessThanOrEqual(plan.published!.imbalance[key]);
      expect(plan.imbalance.overall).toBeLessThan(0.011);
    }
  });
});
