import type { TableLine } from '../../../core/inspection/rows.ts';

/** Values of a sound row of each sequence. */
const HEADERS: Record<string, Record<string, string>> = {
  t1: { MRAcquisitionType: '2D', EchoTime: '9.8', ScanningSequence: 'SE', SpacingBetweenSlices: '4.4' },
  t2: { MRAcquisitionType: '2D', EchoTime: '114.0', ScanningSequence: 'SE', SpacingBetweenSlices: '4.4' },
  t2_SPACE: { MRAcquisitionType: '3D', EchoTime: '124.0', ScanningSequence: 'SE', SpacingBetweenSlices: '1.0' },
};

/** A line of overview.csv that nothing is wrong with, but for the changes. `line` 2 is the first after the names. */
export function line(at: number, series: string, changes: Record<string, string> = {}): TableLine {
  const sequence = series.slice(series.indexOf('_') + 1);
  const record = {
    new_file_name: series,
    num_vertebrae: '7',
    num_discs: '7',
    sex: 'F ',
    birth_date: '',
    subset: 'training',
    Manufacturer: 'SIEMENS',
    PixelSpacing: '[.5859375, .5859375]',
    ...HEADERS[sequence],
    ...changes,
  };
  return { line: at, cells: COLUMNS, record };
}

/** As many columns as a line has. */
export const COLUMNS = 12;

export const COLUMN_NAMES = Array.from({ length: COLUMNS }, (_, i) => `column ${i}`);

export function grading(at: number, patient: string, disc: string, changes: Record<string, string> = {}): TableLine {
  const record = {
    Patient: patient,
    'IVD label': disc,
    Modic: '0',
    'UP endplate': '1',
    'LOW endplate': '0',
    Spondylolisthesis: '0',
    'Disc herniation': '0',
    'Disc narrowing': '1',
    'Disc bulging': '0',
    'Pfirrman grade': '3',
    ...changes,
  };
  return { line: at, cells: 10, record };
}
