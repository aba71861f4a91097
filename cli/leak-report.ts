import type { LeakFinding, LeakKind, LeakReport, PatientProof } from '../core/leak-check.ts';
import type { Output } from './output.ts';
import { short } from './round-table.ts';

export const LEAK_WORDS: Record<LeakKind, string> = {
  trained: 'has seen validation patients of the version it was trained on',
  evaluated: 'was evaluated on validation patients it has seen',
  serves: 'serves and has seen validation patients',
  given: 'has seen validation patients',
  forgotten: 'leaves out patients that a model it comes from has seen',
  contradiction: 'is said to have seen other patients elsewhere',
  hidden: 'hidden-test patients, whom nothing may see',
  set: 'another set than its patient',
  study: 'one study in both sets',
  image: 'one image in both sets',
  person: 'one person under several numbers in both sets',
};

/** The proof as tables: what is wrong, if anything, and for each patient the set and the models that have seen it. */
export function printLeaks(output: Output, report: LeakReport): void {
  const { version, patients, models, barred, findings } = report;
  const validation = patients.filter(({ set }) => set === 'validation').length;
  const verdict = findings.length === 0 ? 'no leak' : `found: ${findings.length}`;
  const sets = `patients: ${patients.length - validation} train, ${validation} validation`;
  output.line(`version ${short(version)}: ${verdict} (${sets}; models known: ${models.length})`);
  if (findings.length > 0) {
    output.line();
    output.table<LeakFinding>(
      [
        { header: 'MODEL', value: ({ model }) => short(model) },
        { header: 'FINDING', value: ({ kind }) => LEAK_WORDS[kind] },
        { header: 'PATIENTS', value: findingPatients },
        { header: 'SERIES', value: ({ series }) => series.join(', ') },
      ],
      findings,
    );
  }
  for (const { model, patients: seen } of barred) {
    output.line(`model ${short(model)} may not be judged on this version: it has seen ${seen.join(', ')}`);
  }
  output.line();
  output.table<PatientProof>(
    [
      { header: 'PATIENT', value: ({ patient, alsoKnownAs = [] }) => [patient, ...alsoKnownAs].join(' = ') },
      { header: 'SET', value: ({ set }) => set },
      { header: 'SERIES', value: ({ series }) => series, align: 'right' },
      {
        header: 'SEEN BY',
        value: ({ seenBy }) => seenBy.map(({ model, version: on }) => `${short(model)} (on ${short(on)})`).join(', '),
      },
    ],
    patients,
  );
}

/** The patients of a finding; of those whom the model has seen under another number only, that number too. */
export function findingPatients({ patients, linked = [] }: LeakFinding): string {
  const numbers = new Map(linked.map(({ patient, seenAs }) => [patient, seenAs]));
  const named = (patient: string) =>
    numbers.has(patient) ? `${patient} (seen as ${numbers.get(patient)!.join(', ')})` : patient;
  return patients.map(named).join(', ');
}
