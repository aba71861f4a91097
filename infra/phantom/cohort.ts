import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeMha } from '../../adapters/volume.ts';
import type { SeriesId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { OverviewRecord } from '../../core/overview.ts';
import type { Vec3 } from '../../core/geometry.ts';
import { PHANTOM_PRESETS, type PhantomHospital, type PhantomPreset } from './hospitals.ts';
import { overviewCsv, overviewRow } from './overview-table.ts';
import { makePhantomPatient, planPhantomPatient, type PhantomSeries } from './patient.ts';

export { PHANTOM_HOSPITALS, PHANTOM_PRESETS, type PhantomHospital, type PhantomPreset } from './hospitals.ts';
export {
  makePhantomPatient,
  planPhantomPatient,
  type PhantomPatient,
  type PhantomPlan,
  type PhantomSeries,
} from './patient.ts';

export interface PhantomCohort {
  /** Made when missing; files of the same names are overwritten. */
  folder: string;
  preset: PhantomPreset;
  /** How many, numbered from `first` on. */
  patients: number;
  /** Number of the first patient, 1 by default: cohorts whose numbers differ share no patient. */
  first?: number;
  /** How many SPACE series come with their mask: SPIDER began with 20. */
  initial: number;
  seed: number;
  /** Called after each series. */
  onProgress?: (done: number, total: number) => void;
}

export interface PhantomSummary {
  patients: number;
  series: number;
  voxels: number;
  /** The series whose mask is in `masks/`. */
  initial: SeriesId[];
  hospitals: Record<PhantomHospital, number>;
  /** Series made after the patient had moved far (LPS, mm): a mask propagated to them from the SPACE series is wrong. */
  misaligned: { series: SeriesId; movedMm: Vec3 }[];
}

/**
 * Writes a phantom cohort in SPIDER's layout: `images/<series>.mha`, `masks/<series>.mha` of the initial references only,
 * `overview.csv`, and beside it `truth/<series>.mha` of every series, which no pipeline may read: the simulated reviewer
 * corrects towards it and measurements compare with it.
 *   1. Every byte follows from preset and seed; patient n is the same whatever the size of the cohort.
 *   2. The initial references are the SPACE series of the first `initial` patients that have one.
 * Throws InvalidInputError for numbers out of range and when fewer than `initial` patients have a SPACE series.
 */
export async function makePhantomCohort(cohort: PhantomCohort): Promise<PhantomSummary> {
  const initial = checkedInitial(cohort);
  const all = plans(cohort);
  const total = all.reduce((sum, plan) => sum + plan.case.sequences.length, 0);
  for (const name of ['images', 'masks', 'truth']) await mkdir(join(cohort.folder, name), { recursive: true });
  const rows = new Map<SeriesId, OverviewRecord>();
  const summary: PhantomSummary = {
    patients: cohort.patients,
    series: 0,
    voxels: 0,
    initial: [...initial],
    hospitals: { RH1: 0, RH2: 0, OH: 0, UMC: 0 },
    misaligned: [],
  };
  for (const plan of all) {
    summary.hospitals[plan.case.hospital]++;
    // One series at a time: a patient's volumes at SPIDER's sizes needn't all be in memory.
    for (const sequence of plan.case.sequences) {
      const order = { preset: cohort.preset, seed: cohort.seed, patient: Number(plan.patient) };
      const made = makePhantomPatient(order, [sequence]);
      const series = made.series[0]!;
      await writeSeries(cohort.folder, series, initial.has(series.series));
      rows.set(series.series, overviewRow(made, series));
      summary.series++;
      summary.voxels += series.image.voxels.length;
      if (series.misaligned) summary.misaligned.push({ series: series.series, movedMm: series.movedMm });
      cohort.onProgress?.(summary.series, total);
    }
  }
  await writeFile(join(cohort.folder, 'overview.csv'), overviewCsv(rows));
  return summary;
}

async function writeSeries(folder: string, { series, image, truth }: PhantomSeries, initial: boolean): Promise<void> {
  const mask = await encodeMha(truth);
  await writeFile(join(folder, 'images', `${series}.mha`), await encodeMha(image));
  await writeFile(join(folder, 'truth', `${series}.mha`), mask);
  if (initial) await writeFile(join(folder, 'masks', `${series}.mha`), mask);
}

function plans({ preset, seed, patients, first = 1 }: PhantomCohort): ReturnType<typeof planPhantomPatient>[] {
  return Array.from({ length: patients }, (_, i) => planPhantomPatient({ preset, seed, patient: first + i }));
}

function checkedInitial(cohort: PhantomCohort): Set<SeriesId> {
  const refuse = (field: string, expected: string, got: string): never => {
    throw new InvalidInputError('phantom cohort', field, expected, got);
  };
  const { preset, patients, initial, seed, first = 1 } = cohort;
  if (!PHANTOM_PRESETS.includes(preset)) refuse('preset', PHANTOM_PRESETS.join(' or '), preset);
  if (!Number.isSafeInteger(seed)) refuse('seed', 'a whole number', `${seed}`);
  if (!(Number.isInteger(patients) && patients >= 1 && patients <= 100_000))
    refuse('patients', 'a whole number from 1 to 100000', `${patients}`);
  if (!(Number.isInteger(first) && first >= 1 && first + patients <= 1_000_000))
    refuse('first', 'a whole number from 1, patients numbered below 1000000', `${first}`);
  if (!(Number.isInteger(initial) && initial >= 0)) refuse('initial', 'a whole number, 0 or more', `${initial}`);
  const withSpace = plans(cohort).filter((plan) => plan.case.sequences.includes('t2_SPACE'));
  if (withSpace.length < initial)
    refuse('initial', `at most ${withSpace.length}, the patients with a SPACE series`, `${initial}`);
  return new Set(withSpace.slice(0, initial).map(({ patient }) => `${patient}_t2_SPACE`));
}
