import { describe, expect, it } from 'vitest';
import { cohortRows, type TableLine } from '../../../core/inspection/rows.ts';
import { copiedHeaders, tableDefects } from '../../../core/inspection/table-rules.ts';
import { COLUMNS, line } from './cohort-lines.ts';

function defects(...lines: TableLine[]) {
  const { rows, defects: unread } = cohortRows(lines, COLUMNS);
  return [...unread, ...tableDefects(rows)];
}
const ids = (...lines: TableLine[]) => defects(...lines).map(({ id }) => id);

describe('a sound table', () => {
  it('has no defects', () => {
    expect(defects(line(2, '5_t1'), line(3, '5_t2'), line(4, '5_t2_SPACE'), line(5, '6_t2'))).toEqual([]);
    expect(defects()).toEqual([]);
  });
});

describe('rows that cannot be read', () => {
  it.each([
    [{ new_file_name: '5-t1' }, 'series-name/line-2'],
    [{ new_file_name: '5_t3' }, 'series-name/line-2'],
    [{ subset: 'test' }, 'subset/5_t1'],
    [{ subset: '' }, 'subset/5_t1'],
    [{ num_vertebrae: '7.5' }, 'num-vertebrae/5_t1'],
    [{ num_discs: '26' }, 'num-discs/5_t1'],
    [{ num_discs: '' }, 'num-discs/5_t1'],
    [{ PixelSpacing: '0.5' }, 'pixel-spacing/5_t1'],
    [{ PixelSpacing: '[0.5, 0]' }, 'pixel-spacing/5_t1'],
    [{ SpacingBetweenSlices: '-1' }, 'slice-spacing/5_t1'],
    [{ sex: 'X' }, 'sex/5_t1'],
  ])('are named: %j', (changes, id) => {
    expect(ids(line(2, '5_t1', changes))).toEqual([id]);
  });

  it('are named when they repeat a series or have other cells, and left out', () => {
    const lines = [line(2, '5_t1'), line(3, '5_t1'), { ...line(4, '5_t2'), cells: COLUMNS - 1 }];
    expect(ids(...lines)).toEqual(['series-twice/5_t1', 'cells/5_t2']);
    expect(cohortRows(lines, COLUMNS).rows.map(({ series }) => series)).toEqual(['5_t1']);
  });

  it('are not quoted: a table may hold more than belongs in a log', () => {
    const found = defects(line(2, 'Jane Doe'), line(3, '5_t1', { sex: 'Jane', subset: 'Doe', num_discs: 'Jane' }));
    expect(found).toHaveLength(4);
    expect(JSON.stringify(found)).not.toMatch(/Jane|Doe/);
  });

  it('reads spacings as pandas writes them', () => {
    const { rows } = cohortRows(
      [line(2, '5_t1', { PixelSpacing: '[.46875, 0.5]', SpacingBetweenSlices: '3.3' })],
      COLUMNS,
    );
    expect(rows[0]).toMatchObject({ inPlaneMm: [0.46875, 0.5], sliceMm: 3.3, set: 'train', sex: 'F' });
  });
});

describe('header-of-other-series', () => {
  const space = line(4, '5_t2_SPACE').record;

  it('finds a T2 row with the columns of the SPACE series, and blames nothing else on it', () => {
    const copy = line(3, '5_t2', { ...space, new_file_name: '5_t2', num_discs: '7' });
    const found = defects(line(2, '5_t1'), copy, line(4, '5_t2_SPACE'));
    expect(found).toEqual([
      {
        id: 'header-of-other-series/5_t2',
        rule: 'header-of-other-series',
        severity: 'warning',
        series: ['5_t2'],
        table: 'overview',
        lines: [3],
        found: 'all 33 DICOM columns of 5_t2_SPACE (3D, 124.0 ms echo)',
        expected: 'its own',
      },
    ]);
  });

  it('does not ask other studies, rows that differ in one column, or tables without acquisition columns', () => {
    const other = line(3, '6_t2', { ...space, new_file_name: '6_t2' });
    expect(ids(other, line(4, '5_t2_SPACE'))).toEqual(['sequence-not-as-named/6_t2']);
    const nearly = line(3, '5_t2', { ...space, new_file_name: '5_t2', SAR: '1.9' });
    expect(ids(nearly, line(4, '5_t2_SPACE'))).toEqual(['sequence-not-as-named/5_t2']);
    const bare = { MRAcquisitionType: '', EchoTime: '', ScanningSequence: '', SpacingBetweenSlices: '4' };
    const { rows } = cohortRows([line(2, '5_t1', bare), line(3, '5_t2', bare)], COLUMNS);
    expect(copiedHeaders(rows).size).toBe(0);
  });
});

describe('sequence-not-as-named', () => {
  it.each([
    ['5_t2', { ScanningSequence: "['SE', 'IR']" }, 'an inversion recovery (STIR), by ScanningSequence'],
    ['5_t2', { MRAcquisitionType: '3D' }, 'a 3D acquisition'],
    ['5_t2_SPACE', { MRAcquisitionType: '2D' }, 'a 2D acquisition'],
    ['5_t1', { EchoTime: '80.0' }, 'an echo time of 80 ms'],
    ['5_t2', { EchoTime: '9.8' }, 'an echo time of 9.8 ms'],
  ])('finds %s with %j', (series, changes, found) => {
    expect(defects(line(2, series, changes))).toMatchObject([{ rule: 'sequence-not-as-named', found }]);
  });

  it('says nothing without the columns, and does not take SIR for IR', () => {
    const bare = { MRAcquisitionType: '', EchoTime: '', ScanningSequence: '' };
    expect(defects(line(2, '5_t1', bare), line(3, '6_t2', { ScanningSequence: 'SIR' }))).toEqual([]);
  });
});

describe('what a study must agree in', () => {
  it.each([
    [{ num_vertebrae: '6', num_discs: '6' }, 'counts-differ-in-study/5', 'warning'],
    [{ subset: 'validation' }, 'sets-differ-in-study/5', 'error'],
    [{ sex: 'M' }, 'sex-differs-in-study/5', 'error'],
    [{ birth_date: '59.0' }, 'age-differs-in-study/5', 'warning'],
    [{ MagneticFieldStrength: '3.0' }, 'scanner-differs-in-study/5', 'note'],
  ])('names %j', (changes, id, severity) => {
    expect(defects(line(2, '5_t1'), line(3, '5_t2', changes))).toMatchObject([
      { id, severity, series: ['5_t1', '5_t2'], lines: [2, 3] },
    ]);
    // Of two patients it asks nothing.
    expect(defects(line(2, '5_t1'), line(3, '6_t2', changes))).toEqual([]);
  });

  it('never shows an age', () => {
    expect(JSON.stringify(defects(line(2, '5_t1'), line(3, '5_t2', { birth_date: '59.0' })))).not.toContain('59');
  });
});

describe('single rows', () => {
  it('have as many discs as vertebrae, or one more', () => {
    expect(ids(line(2, '5_t1', { num_discs: '8' }))).toEqual([]);
    expect(ids(line(2, '5_t1', { num_discs: '9' }))).toEqual(['discs-at-vertebrae/5_t1']);
    expect(ids(line(2, '5_t1', { num_discs: '6' }))).toEqual(['discs-at-vertebrae/5_t1']);
  });

  it('are of the lumbar spine', () => {
    expect(ids(line(2, '5_t1', { BodyPartExamined: 'TSPINE' }))).toEqual(['body-part/5_t1']);
    expect(
      ids(line(2, '5_t1', { BodyPartExamined: 'MRI LWK' }), line(3, '6_t1', { BodyPartExamined: 'LSPINE' })),
    ).toEqual([]);
  });
});
