import { describe, expect, it } from 'vitest';
import type { Grid } from '../../../core/geometry.ts';
import { fileDefects, spacingOfGrid, type SeriesFiles } from '../../../core/inspection/file-rules.ts';
import { cohortRows, type TableLine } from '../../../core/inspection/rows.ts';
import { COLUMNS, line } from './cohort-lines.ts';

const LPS: Grid['direction'] = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const PIR: Grid['direction'] = [0, 0, -1, 1, 0, 0, 0, -1, 0];

/** 16 sagittal slices 4.4 mm apart of 512×512 pixels of 0.5859375 mm, as rows say. */
const GRID: Grid = {
  size: [16, 512, 512],
  spacingMm: [4.4, 0.5859375, 0.5859375],
  originLpsMm: [0, 0, 0],
  direction: LPS,
};

/** Labels of 7 vertebrae and 7 discs. */
const LABELS = [1, 2, 3, 4, 5, 6, 7, 100, 201, 202, 203, 204, 205, 206, 207];

function files(series: string, changes: Partial<SeriesFiles> = {}): SeriesFiles {
  return { series, image: { grid: GRID }, mask: { grid: GRID, labels: LABELS, voxelDigest: series }, ...changes };
}

function ids(all: SeriesFiles[], lines: TableLine[], { masks = true, copied = new Map<string, string>() } = {}) {
  return fileDefects({ series: all, masks }, cohortRows(lines, COLUMNS).rows, copied).map(({ id }) => id);
}
const image = (grid: Partial<Grid>) => ({ image: { grid: { ...GRID, ...grid } }, mask: null });

describe('spacingOfGrid', () => {
  it('finds the slices by direction, whichever axis the file stores them along', () => {
    expect(spacingOfGrid(GRID)).toEqual({ sliceMm: 4.4, inPlaneMm: [0.5859375, 0.5859375] });
    const pir: Grid = { ...GRID, spacingMm: [0.5, 0.6, 4.4], direction: PIR };
    expect(spacingOfGrid(pir)).toEqual({ sliceMm: 4.4, inPlaneMm: [0.5, 0.6] });
  });
});

describe('files and table', () => {
  it('that agree have no defects', () => {
    expect(ids([files('5_t1'), files('5_t2')], [line(2, '5_t1'), line(3, '5_t2')])).toEqual([]);
    const pir: Grid = { ...GRID, size: [512, 512, 16], spacingMm: [0.5859375, 0.5859375, 4.4], direction: PIR };
    expect(ids([{ ...files('5_t1'), image: { grid: pir }, mask: null }], [line(2, '5_t1')], { masks: false })).toEqual(
      [],
    );
  });

  it('name what is missing on either side', () => {
    expect(ids([], [line(2, '5_t1')])).toEqual(['image-missing/5_t1']);
    expect(ids([files('5_t1')], [])).toEqual(['row-missing/5_t1']);
    expect(ids([files('5_t1', { mask: null })], [line(2, '5_t1')])).toEqual(['mask-missing/masks']);
    expect(ids([files('5_t1', { mask: null })], [line(2, '5_t1')], { masks: false })).toEqual([]);
    expect(ids([files('5_t1', { image: null })], [])).toEqual(['image-missing/5_t1']);
  });

  it('name files that cannot be read', () => {
    const broken = files('5_t1', { image: { fault: 'DimSize' }, mask: { fault: 'voxels' } });
    expect(ids([broken], [line(2, '5_t1')])).toEqual(['image-unreadable/5_t1', 'mask-unreadable/5_t1']);
  });

  it('compare spacings within 1 % in plane and 10 % between slices', () => {
    const within = image({ spacingMm: [4.8, 0.591, 0.581] });
    expect(ids([files('5_t2', within)], [line(2, '5_t2')], { masks: false })).toEqual([]);
    const inPlane = image({ spacingMm: [4.4, 0.593, 0.5859375] });
    expect(ids([files('5_t2', inPlane)], [line(2, '5_t2')], { masks: false })).toEqual(['in-plane-spacing/5_t2']);
    const slices = image({ spacingMm: [4.9, 0.5859375, 0.5859375] });
    expect(ids([files('5_t2', slices)], [line(2, '5_t2')], { masks: false })).toEqual(['slice-spacing-of-image/5_t2']);
  });

  it('find an image like 58_t2: 8×384×3682 voxels where the table says 0.729 mm square', () => {
    const row = line(2, '58_t2', { PixelSpacing: '[0.72916668653488, 0.72916668653488]', SpacingBetweenSlices: '4.8' });
    const odd = image({ size: [8, 384, 3682], spacingMm: [9.63, 0.729, 0.077] });
    const found = fileDefects(
      { series: [files('58_t2', odd)], masks: false },
      cohortRows([row], COLUMNS).rows,
      new Map(),
    );
    expect(found).toMatchObject([
      {
        id: 'in-plane-spacing/58_t2',
        found: '0.729×0.077 mm in the header of 8×384×3682 voxels',
        expected: '0.729×0.729 mm as in the table',
      },
      { id: 'slice-spacing-of-image/58_t2', found: '9.63 mm in the header', expected: '4.8 mm as in the table' },
    ]);
  });

  it('do not compare with columns that are those of another series', () => {
    const odd = image({ spacingMm: [4.4, 0.7, 0.7] });
    const copied = new Map([['5_t2', '5_t2_SPACE']]);
    expect(ids([files('5_t2', odd)], [line(2, '5_t2')], { masks: false, copied })).toEqual([]);
  });

  it('name an image of an impossible extent', () => {
    // 512 pixels of 0.1 mm are 51 mm; without a spacing in the table nothing else is wrong.
    const tiny = image({ spacingMm: [4.4, 0.1, 0.5859375] });
    const row = line(2, '5_t2', { PixelSpacing: '' });
    expect(ids([files('5_t2', tiny)], [row], { masks: false })).toEqual(['extent/5_t2']);
  });

  it('compare masks with image and table', () => {
    const moved: Grid = { ...GRID, originLpsMm: [0, 0, 1] };
    const mask = (grid: Grid, labels: number[]) => ({ mask: { grid, labels, voxelDigest: 'x' } });
    expect(ids([files('5_t1', mask(moved, LABELS))], [line(2, '5_t1')])).toEqual(['mask-grid/5_t1']);
    expect(ids([files('5_t1', mask(GRID, [...LABELS, 26]))], [line(2, '5_t1')])).toEqual(['mask-labels/5_t1']);
    expect(ids([files('5_t1', mask(GRID, LABELS.slice(0, -1)))], [line(2, '5_t1')])).toEqual([
      'counts-not-as-masked/5_t1',
    ]);
  });

  it('name masks that are equal to the voxel', () => {
    const same = { mask: { grid: GRID, labels: LABELS, voxelDigest: 'x' } };
    const all = [files('5_t1', same), files('5_t2', same), files('6_t1')];
    const found = fileDefects(
      { series: all, masks: true },
      cohortRows([line(2, '5_t1'), line(3, '5_t2'), line(4, '6_t1')], COLUMNS).rows,
      new Map(),
    );
    expect(found).toMatchObject([{ id: 'masks-equal/5_t1', severity: 'note', series: ['5_t1', '5_t2'] }]);
  });
});
