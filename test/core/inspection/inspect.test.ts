import { describe, expect, it } from 'vitest';
import { inspectCohort } from '../../../core/inspection/inspect.ts';
import { COLUMN_NAMES, grading, line } from './cohort-lines.ts';

const overview = {
  columns: COLUMN_NAMES,
  lines: [
    line(2, '10_t1', { birth_date: '59.0', PixelSpacing: '[0.5, 0.6]' }),
    line(3, '10_t2', { birth_date: '59.0', num_vertebrae: '6', num_discs: '7' }),
    line(4, '2_t2', { sex: 'M', subset: 'validation', SpacingBetweenSlices: '5' }),
    line(5, '3_t2', { sex: 'M', subset: '' }),
  ],
};
const inspection = inspectCohort({ overview, gradings: null, files: null });

describe('inspectCohort', () => {
  it('sums up by hospital, as Table 1 of the paper does', () => {
    // Patient 10, a woman of known age, is of UMC; 2 and 3 are of RH1.
    expect(inspection.hospitals).toMatchObject([
      { hospital: 'RH1', studies: 2, series: 2, sex: { F: 0, M: 2 } },
      { hospital: 'UMC', studies: 1, series: 2, sex: { F: 1, M: 0 } },
      { hospital: 'all', studies: 3, series: 4, sex: { F: 1, M: 2, O: 0, unknown: 0 } },
    ]);
    expect(inspection.hospitals[2]?.sequences).toEqual({
      t1: { series: 1, sliceMm: { least: 4.4, most: 4.4 }, inPlaneMm: { least: 0.5, most: 0.6 } },
      t2: { series: 3, sliceMm: { least: 4.4, most: 5 }, inPlaneMm: { least: 0.5859375, most: 0.5859375 } },
      t2_SPACE: { series: 0, sliceMm: null, inPlaneMm: null },
    });
  });

  it('sums up by set, as Table 2 does', () => {
    const sequences = (t1: number, t2: number) => ({ t1, t2, t2_SPACE: 0 });
    expect(inspection.sets).toEqual([
      { set: 'train', patients: 1, series: 2, sequences: sequences(1, 1), vertebrae: 13, discs: 14, canals: 2 },
      { set: 'validation', patients: 1, series: 1, sequences: sequences(0, 1), vertebrae: 7, discs: 7, canals: 1 },
      { set: 'none', patients: 1, series: 1, sequences: sequences(0, 1), vertebrae: 7, discs: 7, canals: 1 },
      { set: 'all', patients: 3, series: 4, sequences: sequences(1, 3), vertebrae: 27, discs: 28, canals: 4 },
    ]);
  });

  it('lists defects by severity, and says what it could not look at', () => {
    expect(inspection.defects.map(({ id }) => id)).toEqual(['subset/3_t2', 'counts-differ-in-study/10']);
    expect(inspection.unchecked).toHaveLength(3);
    expect(inspection.published).toBeNull();
    const gradings = { columns: Array.from({ length: 10 }, (_, i) => `${i}`), lines: [grading(2, '10', '1')] };
    const graded = inspectCohort({ overview, gradings, files: null });
    expect(graded.unchecked).toHaveLength(2);
    expect(graded.defects.map(({ id }) => id)).toContain('not-graded/2');
  });

  it('takes the voxels of Table 1 from the images where there are any', () => {
    const grid = { size: [16, 400, 400], spacingMm: [4, 0.7, 0.7], originLpsMm: [0, 0, 0] } as const;
    const image = { grid: { ...grid, size: [...grid.size], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } } as never;
    const series = [{ series: '10_t1', image, mask: null }];
    const { hospitals, voxelsFrom } = inspectCohort({ overview, gradings: null, files: { series, masks: false } });
    expect(voxelsFrom).toBe('headers');
    expect(hospitals.at(-1)?.sequences.t1).toMatchObject({ sliceMm: { least: 4 }, inPlaneMm: { least: 0.7 } });
    expect(hospitals.at(-1)?.sequences.t2).toMatchObject({ series: 3, sliceMm: null });
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
  });
});
