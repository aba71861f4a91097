import { SPIDER_COLUMNS } from '../overview.ts';
import { defect, type Defect } from './defect.ts';
import { groupBy, type CohortRow } from './rows.ts';

/** The columns that describe how a series was acquired: all that were copied from its DICOM header. */
const HEADER_COLUMNS = SPIDER_COLUMNS.slice(SPIDER_COLUMNS.indexOf('AngioFlag'));

/** Echo times (ms) that T1- and T2-weighted spin echoes of the spine keep to, with room. */
const T1_MOST_ECHO_MS = 40;
const T2_LEAST_ECHO_MS = 50;

/** Everything that the table alone contradicts itself in; of rows that could be read. */
export function tableDefects(rows: readonly CohortRow[]): Defect[] {
  const studies = [...groupBy(rows, ({ study }) => study).values()];
  const copied = copiedHeaders(rows);
  return [
    ...studies.flatMap((study) => headerOfOtherSeries(study, copied)),
    ...rows.filter(({ series }) => !copied.has(series)).flatMap(sequenceDefects),
    ...rows.flatMap(discsAtVertebrae),
    ...studies.flatMap(studyDefects),
    ...rows.flatMap(bodyPart),
  ];
}

/** Series whose acquisition columns are those of another series of the study, all of them, with that series' name. */
export function copiedHeaders(rows: readonly CohortRow[]): Map<string, string> {
  const copied = new Map<string, string>();
  for (const study of groupBy(rows, ({ study: id }) => id).values()) {
    for (const same of groupBy(study, headerOf).values()) {
      // A table that doesn't say how series were acquired may well say the same of all.
      if (same.length < 2 || !same[0]!.record['EchoTime']?.trim()) continue;
      // The columns are those of the series they fit; of the others when they fit several or none.
      const owner = same.find((row) => sequenceDefects(row).length === 0) ?? same[0]!;
      for (const row of same) if (row !== owner) copied.set(row.series, owner.series);
    }
  }
  return copied;
}

function headerOf({ record }: CohortRow): string {
  return JSON.stringify(HEADER_COLUMNS.map((column) => record[column] ?? ''));
}

function headerOfOtherSeries(study: readonly CohortRow[], copied: ReadonlyMap<string, string>): Defect[] {
  return study
    .filter(({ series }) => copied.has(series))
    .map(({ series, line, record }) => {
      const what = `all ${HEADER_COLUMNS.length} DICOM columns of ${copied.get(series)} (${record['MRAcquisitionType']}, ${record['EchoTime']} ms echo)`;
      return defect(
        'header-of-other-series',
        'warning',
        { at: series, series: [series], lines: [line] },
        what,
        'its own',
      );
    });
}

/** What the acquisition columns say against the sequence that the name promises. */
function sequenceDefects({ series, line, sequence, record }: CohortRow): Defect[] {
  const found: Defect[] = [];
  const contradicts = (text: string, expected: string) =>
    found.push(
      defect('sequence-not-as-named', 'warning', { at: series, series: [series], lines: [line] }, text, expected),
    );
  const kind = record['MRAcquisitionType']?.trim() ?? '';
  const echoMs = Number(record['EchoTime'] || NaN);
  if (/\bIR\b/.test(record['ScanningSequence'] ?? '')) {
    contradicts('an inversion recovery (STIR), by ScanningSequence', `a ${sequence} without inversion`);
  } else if (sequence === 't2_SPACE' && kind === '2D') contradicts('a 2D acquisition', 'a 3D one');
  else if (sequence !== 't2_SPACE' && kind === '3D') contradicts('a 3D acquisition', 'a 2D one');
  else if (sequence === 't1' && echoMs > T1_MOST_ECHO_MS)
    contradicts(`an echo time of ${echoMs} ms`, `at most ${T1_MOST_ECHO_MS} ms`);
  else if (sequence !== 't1' && echoMs < T2_LEAST_ECHO_MS)
    contradicts(`an echo time of ${echoMs} ms`, `at least ${T2_LEAST_ECHO_MS} ms`);
  return found;
}

function discsAtVertebrae({ series, line, vertebrae, discs }: CohortRow): Defect[] {
  if (vertebrae === null || discs === null || discs === vertebrae || discs === vertebrae + 1) return [];
  const found = `${vertebrae} vertebrae, ${discs} discs`;
  const at = { at: series, series: [series], lines: [line] };
  return [defect('discs-at-vertebrae', 'warning', at, found, 'as many discs as vertebrae, or one more')];
}

/** What the rows of one study must agree in. */
function studyDefects(study: readonly CohortRow[]): Defect[] {
  const where = {
    at: study[0]!.study,
    series: study.map(({ series }) => series),
    lines: study.map(({ line }) => line),
  };
  const differ = (value: (row: CohortRow) => string) => new Set(study.map(value)).size > 1;
  const shown = (value: (row: CohortRow) => string) => study.map((row) => `${row.series}: ${value(row)}`).join(', ');
  const found: Defect[] = [];
  const counts = ({ vertebrae, discs }: CohortRow) => `${vertebrae ?? '?'} vertebrae, ${discs ?? '?'} discs`;
  if (differ(counts))
    found.push(
      defect('counts-differ-in-study', 'warning', where, shown(counts), 'the same in all series of a patient'),
    );
  const set = (row: CohortRow) => row.set ?? 'none';
  if (differ(set)) found.push(defect('sets-differ-in-study', 'error', where, shown(set), 'one set for each patient'));
  if (differ(({ sex }) => sex))
    found.push(defect('sex-differs-in-study', 'error', where, 'different sexes', 'one sex for each patient'));
  if (differ(({ record }) => record['birth_date']?.trim() ?? ''))
    found.push(defect('age-differs-in-study', 'warning', where, 'different ages', 'one age for each study'));
  const scanner = ({ record }: CohortRow) =>
    `${record['ManufacturerModelName']?.trim() ?? ''} ${record['MagneticFieldStrength']?.trim() ?? ''} T`;
  if (differ(scanner))
    found.push(defect('scanner-differs-in-study', 'note', where, shown(scanner), 'one scanner for a visit'));
  return found;
}

function bodyPart({ series, line, record }: CohortRow): Defect[] {
  const part = record['BodyPartExamined']?.trim() ?? '';
  if (!/^[CT]-?SPINE/i.test(part)) return [];
  const at = { at: series, series: [series], lines: [line] };
  return [defect('body-part', 'note', at, part.replace(/[^ -~]/g, '?').slice(0, 40), 'the lumbar spine')];
}
