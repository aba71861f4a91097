import type { PatientId, Sequence, SeriesId, StudyId } from '../ids.ts';
import { InvalidInputError } from '../invalid-input.ts';
import { CANAL, isDisc } from '../labels.ts';
import type { Manifest, ManifestSeries } from '../manifest.ts';
import { compareText } from '../mixed-hash.ts';

/** Where a series lies: the stem of its image, and of its mask. */
export interface BidsPaths {
  image: string;
  mask: string;
}

/** `acq` keeps image and mask of a series together, since a mask's name doesn't tell T1 from T2. */
const NAME: Record<Sequence, { acq: string; suffix: string }> = {
  t1: { acq: 't1', suffix: 'T1w' },
  t2: { acq: 't2', suffix: 'T2w' },
  t2_SPACE: { acq: 't2SPACE', suffix: 'T2w' },
};

/**
 * Where BIDS has the files of each series, without their endings. A subject is the patient without hyphens; a patient with several
 * studies has a session for each. Throws InvalidInputError when two patients would be one subject.
 */
export function bidsPaths({ series }: Manifest): Map<SeriesId, BidsPaths> {
  const studies = new Map<PatientId, Set<StudyId>>();
  for (const { patient, study } of series) studies.set(patient, (studies.get(patient) ?? new Set()).add(study));
  refuseSameSubjects([...studies.keys()]);
  return new Map(
    series.map(({ series: id, patient, study, sequence }) => {
      const entities = [subjectOf(patient), ...(studies.get(patient)!.size > 1 ? [`ses-${study}`] : [])];
      const stem = `${entities.join('/')}/anat/${entities.join('_')}_acq-${NAME[sequence].acq}`;
      return [id, { image: `${stem}_${NAME[sequence].suffix}`, mask: `${stem}_desc-reference_dseg` }];
    }),
  );
}

/** `sub-107`. */
export function subjectOf(patient: PatientId): string {
  return `sub-${patient.replaceAll('-', '')}`;
}

function refuseSameSubjects(patients: readonly PatientId[]): void {
  const seen = new Set<string>();
  for (const patient of patients) {
    // Some file systems don't tell upper case from lower.
    const subject = subjectOf(patient).toLowerCase();
    if (seen.has(subject) || subject === 'sub-') {
      throw new InvalidInputError('export', 'patients', 'names that differ in letters and digits', patient);
    }
    seen.add(subject);
  }
}

export function datasetDescription({ dataset }: Manifest, version: string): object {
  return {
    Name: dataset,
    BIDSVersion: '1.9.0',
    DatasetType: 'derivative',
    GeneratedBy: [{ Name: 'Spindle', Description: 'spindle versions export --format bids' }],
    SourceDatasets: [{ Version: version }],
  };
}

/** The look-up table of the masks: every label of the version's references. */
export function labelTable({ series }: Manifest): string {
  const labels = [...new Set(series.flatMap(({ reference }) => reference.labels))].sort((a, b) => a - b);
  const rows = labels.map((label) => [`${label}`, nameOf(label), abbreviationOf(label)]);
  return tsv([['index', 'name', 'abbreviation'], ['0', 'background', 'BG'], ...rows]);
}

function nameOf(label: number): string {
  if (label === CANAL) return 'spinal canal';
  return isDisc(label) ? `disc below vertebra ${label - 200}` : `vertebra ${label} from the lowest in view`;
}

function abbreviationOf(label: number): string {
  if (label === CANAL) return 'SC';
  return isDisc(label) ? `D${label - 200}` : `V${label}`;
}

/** One row for each patient. No age, no date, nothing else that tells of a person. */
export function participantsTable({ series, split }: Manifest): string {
  const first = new Map<PatientId, ManifestSeries>();
  for (const entry of series) if (!first.has(entry.patient)) first.set(entry.patient, entry);
  const rows = [...first.values()].map(({ patient, sex, hospital }) => [
    subjectOf(patient),
    sex === 'unknown' ? 'n/a' : sex,
    hospital,
    split[patient]!,
  ]);
  return tsv([['participant_id', 'sex', 'hospital', 'split'], ...rows.sort(([a], [b]) => compareText(a!, b!))]);
}

export const PARTICIPANTS_COLUMNS = {
  sex: { Description: 'sex', Levels: { F: 'female', M: 'male', O: 'other' } },
  hospital: { Description: 'code of the hospital' },
  split: {
    Description: 'set of all series of the patient',
    Levels: { train: 'to train on', validation: 'never trained on' },
  },
};

/** What holds for all images of one suffix, by the file that says so: BIDS hands it down to them. */
export function imageSidecars({ series }: Manifest): Map<string, object> {
  const suffixes = [...new Set(series.map(({ sequence }) => NAME[sequence].suffix))].sort(compareText);
  // BIDS asks it of every derived image; these are spines.
  return new Map(suffixes.map((suffix) => [`${suffix}.json`, { SkullStripped: false }]));
}

/** What stands beside a mask. */
export function maskSidecar(entry: ManifestSeries, { image }: BidsPaths): object {
  const { origin, base, round, annotatedClasses, incompleteVertebrae } = entry.reference;
  return {
    Description: `reference mask of series ${entry.series}, on the grid of its image`,
    Sources: [`bids::${image}.nii.gz`],
    AnnotatedClasses: annotatedClasses,
    IncompleteVertebrae: incompleteVertebrae,
    ReferenceOrigin: origin,
    ReferenceBase: base,
    Round: round,
  };
}

function tsv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.join('\t')}\n`).join('');
}
