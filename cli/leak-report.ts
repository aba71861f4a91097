import type { LeakFinding, LeakKind, LeakReport, PatientProof } from '../core/leak-check.ts';
import type { Output } from './output.ts';
import { short } from './round-table.ts';

const WORDS: Record<LeakKind, string> = {
  trained: 'has seen validation patients of the version it was trained on',
  evaluated: 'was evaluated on validation patients it has seen',
  serves: 'serves and has seen validation patients',
  given: 'has seen validation patients',
  forgotten: 'leaves out patients that a model it comes from has seen',
  contradiction: 'is said to have seen other patients elsewhere',
  set: 'another set than its patient',
  study: 'one study in both sets',
  image: 'one image in both sets',
};

/** The proof as tables: what is wrong, if anything, and for each patient the set and the models that have seen it. */
export function printLeaks(output: Output, report: LeakReport): void {
  const { version, patients, models, findings } = report;
  const validation = patients.filter(({ set }) => set === 'validation').length;
  const verdict = findings.length === 0 ? 'no leak' : `found: ${findings.length}`;
  const sets = `patients: ${patients.length - validation} train, ${validation} validation`;
  output.line(`version ${short(version)}: ${verdict} (${sets}; models known: ${models.length})`);
  if (findings.length > 0) {
    output.line();
    output.table<LeakFinding>(
      [
        { header: 'MODEL', value: ({ model }) => short(model) },
        { header: 'FINDING', value: ({ kind }) => WORDS[kind] },
        { header: 'PATIENTS', value: (finding) => finding.patients.join(', ') },
        { header: 'SERIES', value: ({ series }) => series.join(', ') },
      ],
      findings,
    );
  }
  output.line();
  output.table<PatientProof>(
    [
      { header: 'PATIENT', value: ({ patient }) => patient },
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
