import type { Sequence, SeriesId } from '../../core/ids.ts';
import { isDisc, isVertebra } from '../../core/labels.ts';
import { SPIDER_COLUMNS, type OverviewRecord } from '../../core/overview.ts';
import { indexAxisOf } from '../../core/orientation.ts';
import { labelsOf } from '../../core/structures.ts';
import type { PhantomHospital } from './hospitals.ts';
import type { PhantomPatient, PhantomSeries } from './patient.ts';

type Column = (typeof SPIDER_COLUMNS)[number];
type Cells = Partial<Record<Column, string>>;

/** What tells the hospitals apart in SPIDER's table (`hospitalOf` in core/overview.ts). No maker but that one is named. */
const BY_HOSPITAL: Record<PhantomHospital, Cells> = {
  RH1: { Manufacturer: 'Phantom', BodyPartExamined: 'LSPINE', MagneticFieldStrength: '3.0' },
  RH2: { Manufacturer: 'Phantom', BodyPartExamined: 'MRI LWK', MagneticFieldStrength: '1.5' },
  OH: { Manufacturer: 'Philips Healthcare', BodyPartExamined: 'LSPINE', MagneticFieldStrength: '3.0' },
  UMC: { Manufacturer: 'Phantom', MagneticFieldStrength: '1.5' },
};

const BY_SEQUENCE: Record<Sequence, Cells> = {
  t1: { EchoTime: '10.0', RepetitionTime: '560.0', EchoTrainLength: '5', MRAcquisitionType: '2D' },
  t2: { EchoTime: '100.0', RepetitionTime: '3600.0', EchoTrainLength: '21', MRAcquisitionType: '2D' },
  t2_SPACE: { EchoTime: '125.0', RepetitionTime: '1000.0', EchoTrainLength: '60', MRAcquisitionType: '3D' },
};

/** The row of one series, in SPIDER's columns; SPIDER's `birth_date` is an age. */
export function overviewRow(
  { hospital, sex, ageYears }: Omit<PhantomPatient, 'series'>,
  { series, sequence, image, truth }: PhantomSeries,
): OverviewRecord {
  const labels = labelsOf(truth);
  const { grid } = image;
  const slice = grid.spacingMm[indexAxisOf(grid, 0).axis];
  const inPlane = grid.spacingMm[indexAxisOf(grid, 2).axis];
  const cells: Cells = {
    new_file_name: series,
    num_vertebrae: String(labels.filter(isVertebra).length),
    num_discs: String(labels.filter(isDisc).length),
    // SPIDER's table has such blanks too.
    sex: hospital === 'OH' ? `${sex} ` : sex,
    birth_date: hospital === 'UMC' ? `${ageYears}.0` : '',
    subset: 'training',
    EchoNumbers: '1',
    ImagedNucleus: '1H',
    ManufacturerModelName: 'Phantom',
    PhotometricInterpretation: 'MONOCHROME2',
    PixelSpacing: `[${inPlane}, ${inPlane}]`,
    SamplesPerPixel: '1',
    ScanningSequence: 'SE',
    SliceThickness: `${slice}`,
    SpacingBetweenSlices: `${slice}`,
    ...BY_HOSPITAL[hospital],
    ...BY_SEQUENCE[sequence],
  };
  return cells;
}

/** The rows as SPIDER's overview.csv has them: its columns, by file name as text, CRLF, quotes where a cell has a comma. */
export function overviewCsv(rows: ReadonlyMap<SeriesId, OverviewRecord>): string {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const names = [...rows.keys()].sort();
  const lines = names.map((name) => SPIDER_COLUMNS.map((column) => cell(rows.get(name)?.[column] ?? '')).join(','));
  return [SPIDER_COLUMNS.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}
