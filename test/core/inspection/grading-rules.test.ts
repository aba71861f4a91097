import { describe, expect, it } from 'vitest';
import { gradingDefects, gradingRows } from '../../../core/inspection/grading-rules.ts';
import { cohortRows, type TableLine } from '../../../core/inspection/rows.ts';
import { COLUMNS, grading, line } from './cohort-lines.ts';

function defects(gradings: TableLine[], series: TableLine[]) {
  const read = gradingRows(gradings, 10);
  return [...read.defects, ...gradingDefects(read.gradings, cohortRows(series, COLUMNS).rows)];
}
const three = ['1', '2', '3'].map((disc, i) => grading(2 + i, '5', disc));
const series = [line(2, '5_t1', { num_vertebrae: '3', num_discs: '3' })];

describe('gradings', () => {
  it('that fit the table have no defects', () => {
    expect(defects(three, series)).toEqual([]);
  });

  it.each([
    [grading(9, '5', '4', { Modic: '4' }), 'grading-value/line-9'],
    [grading(9, '5', '4', { 'Pfirrman grade': '0' }), 'grading-value/line-9'],
    [grading(9, '5', '4', { 'Disc bulging': '' }), 'grading-value/line-9'],
    [grading(9, 'Jane', '4'), 'grading-row/line-9'],
    [grading(9, '5', 'x'), 'grading-row/line-9'],
    [{ ...grading(9, '5', '4'), cells: 9 }, 'grading-cells/line-9'],
    [grading(9, '5', '26'), 'grading-label/line-9'],
  ])('name what cannot be so', (bad, id) => {
    const found = gradingRows([bad], 10).defects;
    expect(found).toMatchObject([{ id, table: 'gradings', lines: [9] }]);
    expect(JSON.stringify(found)).not.toContain('Jane');
  });

  it('may not begin at 0: the mask label would be 200', () => {
    const fromZero = ['0', '1', '2'].map((disc, i) => grading(2 + i, '5', disc));
    expect(defects(fromZero, series)).toMatchObject([
      { id: 'grading-label/line-2', found: 'IVD label 0 of patient 5' },
      {
        id: 'discs-not-as-graded/5_t1',
        found: '3 discs, IVD labels 0-2 (as many, counted from 0)',
        expected: 'IVD labels 1-3',
      },
    ]);
  });

  it('name discs graded twice and left out', () => {
    expect(defects([...three, grading(5, '5', '3')], series).map(({ id }) => id)).toEqual(['graded-twice/5']);
    const gap = [grading(2, '5', '1'), grading(3, '5', '3')];
    expect(defects(gap, series).map(({ id }) => id)).toEqual(['grading-gap/5']);
  });

  it('name series with another number of discs, each', () => {
    const more = line(3, '5_t2', { num_vertebrae: '4', num_discs: '4' });
    expect(defects(three, [...series, more])).toMatchObject([
      { id: 'discs-not-as-graded/5_t2', lines: [3], table: 'overview', found: '4 discs, IVD labels 1-3' },
    ]);
  });

  it('name patients without series, and patients without gradings', () => {
    expect(defects(three, []).map(({ id }) => id)).toEqual(['graded-without-series/5']);
    expect(defects([], series)).toMatchObject([{ id: 'not-graded/5', severity: 'note' }]);
  });
});
