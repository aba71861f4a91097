import type { OverviewRow, Sex } from './catalog.ts';
import type { Hospital } from './ids.ts';

/** A row of SPIDER's overview.csv by column name, as read: every value a text, blanks and all. */
export type OverviewRecord = Readonly<Record<string, string | undefined>>;

/** The columns of SPIDER's public overview.csv, in its order. */
export const SPIDER_COLUMNS = [
  'new_file_name',
  'num_vertebrae',
  'num_discs',
  'sex',
  'birth_date',
  'subset',
  'AngioFlag',
  'BodyPartExamined',
  'DeviceSerialNumber',
  'EchoNumbers',
  'EchoTime',
  'EchoTrainLength',
  'FlipAngle',
  'ImagedNucleus',
  'ImagingFrequency',
  'InPlanePhaseEncodingDirection',
  'MRAcquisitionType',
  'MagneticFieldStrength',
  'Manufacturer',
  'ManufacturerModelName',
  'NumberOfPhaseEncodingSteps',
  'PercentPhaseFieldOfView',
  'PercentSampling',
  'PhotometricInterpretation',
  'PixelBandwidth',
  'PixelSpacing',
  'RepetitionTime',
  'SAR',
  'SamplesPerPixel',
  'ScanningSequence',
  'SequenceName',
  'SeriesDescription',
  'SliceThickness',
  'SoftwareVersions',
  'SpacingBetweenSlices',
  'SpecificCharacterSet',
  'TransmitCoilName',
  'WindowCenter',
  'WindowWidth',
] as const;

/**
 * One more column, last in a table that Spindle writes: the rule that gives the hospital needs the age, which is not kept.
 * Where a table has it, it is believed.
 */
export const HOSPITAL_COLUMN = 'hospital';

/** What the catalog says better, and a checkout computes anew. */
const DERIVED = new Set(['new_file_name', 'num_vertebrae', 'num_discs', 'sex', 'subset']);

/**
 * What is not kept: `birth_date` (in truth an age, but a fact about a person), `DeviceSerialNumber` (leads to the one scanner and
 * its log), `SeriesDescription` (typed by people, so it may hold anything). All other columns of SPIDER's are settings of the
 * scanner and the coded names of machine and body part.
 */
const DROPPED = new Set(['birth_date', 'DeviceSerialNumber', 'SeriesDescription']);

export const KEPT_COLUMNS: readonly string[] = SPIDER_COLUMNS.filter(
  (name) => !DERIVED.has(name) && !DROPPED.has(name),
);

/** Long enough for all that SPIDER has; a setting doesn't need more, and only text in ASCII is one. */
const SETTING = /^[\x20-\x7e]{1,64}$/;

/** The acquisition settings of a row: KEPT_COLUMNS that have a value, as written. Other columns, known or not, are left out. */
export function keptColumns(row: OverviewRecord): OverviewRow {
  const kept: OverviewRow = {};
  for (const name of KEPT_COLUMNS) {
    const value = row[name];
    if (value !== undefined && SETTING.test(value) && value.trim() !== '') kept[name] = value;
  }
  return kept;
}

/**
 * The hospital of a study by what its rows say, as SPIDER's public table allows (its counts are those of the paper): an age is
 * given → UMC; made by Philips Healthcare → OH; the body part begins with "MRI" → RH2; otherwise RH1. A `hospital` column with
 * a value goes before all this. Without rows: "unknown".
 */
export function hospitalOf(rows: readonly OverviewRecord[]): Hospital {
  const given = rows.map((row) => row[HOSPITAL_COLUMN]?.trim()).find((name) => name);
  if (given) return given;
  if (rows.length === 0) return 'unknown';
  if (rows.some((row) => row['birth_date']?.trim())) return 'UMC';
  if (rows.some((row) => row['Manufacturer']?.trim() === 'Philips Healthcare')) return 'OH';
  return rows.some((row) => row['BodyPartExamined']?.trim().startsWith('MRI')) ? 'RH2' : 'RH1';
}

/** The sex in a row; SPIDER writes trailing blanks. What is neither F, M nor O is unknown. */
export function sexOf(row: OverviewRecord): Sex {
  const value = row['sex']?.trim();
  return value === 'F' || value === 'M' || value === 'O' ? value : 'unknown';
}
