import type { HideReport } from '../client/hide-patients.ts';
import type { LinkReport } from '../client/link-patients.ts';
import type { PatientFacts, PatientRow } from '../client/patients.ts';
import type { RevealedLeak } from '../client/revealed-leaks.ts';
import { findingPatients, LEAK_WORDS } from './leak-report.ts';
import type { Output } from './output.ts';
import { short } from './round-table.ts';
import type { Column } from './table.ts';

const COLUMNS: readonly Column<PatientRow>[] = [
  { header: 'PATIENT', value: ({ patient }) => patient },
  { header: 'ALSO KNOWN AS', value: ({ alsoKnownAs }) => alsoKnownAs.join(', ') },
  { header: 'SET', value: ({ set }) => set },
  { header: 'HOSPITAL', value: ({ hospital }) => hospital },
  { header: 'SERIES', value: ({ series }) => series.length, align: 'right' },
  { header: 'REFERENCES', value: ({ references }) => references, align: 'right' },
  { header: 'SEEN BY', value: ({ seenBy }) => modelsWord(seenBy.length), align: 'right' },
];

function modelsWord(count: number): string | null {
  if (count === 0) return null;
  return count === 1 ? '1 model' : `${count} models`;
}

export function printPatients(output: Output, rows: readonly PatientRow[]): void {
  output.table(COLUMNS, rows);
}

export function printPatient(output: Output, facts: PatientFacts): void {
  const { links, versions, seenBy, hiddenBecause, series } = facts;
  output.table(COLUMNS, [facts]);
  if (series.length > 0) output.line(`series: ${series.join(', ')}`);
  if (hiddenBecause !== null) output.line(`hidden test, data in the sealed bucket: ${hiddenBecause}`);
  for (const { patients, reason, withdrawn } of links) {
    output.line(`${patients.join(' = ')}: ${reason}${withdrawn ? ` (withdrawn: ${withdrawn})` : ''}`);
  }
  if (seenBy.length > 0) output.line(`seen by models ${seenBy.map(short).join(', ')}`);
  if (versions.length === 0) return;
  output.line();
  output.table(
    [
      { header: 'VERSION', value: ({ version }) => short(version) },
      {
        header: 'SETS',
        value: ({ sets }) =>
          Object.entries(sets)
            .map(([patient, set]) => `${patient} ${set}`)
            .join(', '),
      },
    ],
    versions,
  );
}

export function printLink(output: Output, { dataset, person, set, moved, leaks, hid }: LinkReport): void {
  output.line(`${dataset}: ${person.join(' = ')} is one person, and is split as one from now on: ${setWord(set)}`);
  if (moved.length > 0) {
    output.line(
      `from train to validation: ${moved.join(', ')}, since another number validates and nobody leaves that set`,
    );
  }
  if (hid) printHidden(output, hid);
  if (leaks.length === 0) {
    output.line('no published version or evaluation is affected');
    return;
  }
  output.line();
  output.line('what the link says of published versions:');
  output.table<RevealedLeak>(
    [
      { header: 'VERSION', value: ({ version }) => short(version) },
      { header: 'MODEL', value: ({ model }) => short(model) },
      { header: 'FINDING', value: ({ kind }) => LEAK_WORDS[kind] },
      { header: 'PATIENTS', value: findingPatients },
    ],
    leaks,
  );
  if (leaks.some(({ model }) => model !== null)) {
    output.line('evaluating these models on these versions is refused from now on');
  }
  if (leaks.some(({ kind }) => kind === 'person' || kind === 'hidden')) {
    output.line('training on these versions is refused from now on');
  }
}

function setWord(set: LinkReport['set']): string {
  if (set === null) return 'no set yet';
  return set === 'hidden' ? 'the hidden test' : set;
}

export function printHidden(output: Output, report: HideReport): void {
  const { dataset, patients, series, seenBy, versions, removed, left } = report;
  output.line(`${dataset}: ${patients.join(', ')} hidden: never in train or validation again`);
  const what = series.length === 0 ? 'nothing had to be moved' : `moved into the sealed bucket: ${series.join(', ')}`;
  output.line(what);
  if (removed > 0) output.line(`${removed} copies taken out of the ordinary bucket`);
  if (seenBy.length > 0) {
    output.line(`seen by models ${seenBy.map(short).join(', ')}: these can never be judged on the hidden test`);
  }
  if (versions.length > 0) {
    const which = versions.map(short).join(', ');
    output.line(
      `published versions hold them and can't be taken back: ${which}; training on them, checkouts and exports are refused`,
    );
  }
  if (left > 0) {
    output.line(
      `${left} copies stay in the ordinary bucket since something refers to them: who may read it can read them`,
    );
  }
}
