import { estimateText } from '../../core/cross-table.ts';
import { erratumWords } from '../../core/erratum.ts';
import { versionFacts } from '../../core/exports/version-facts.ts';
import type { Manifest } from '../../core/manifest.ts';
import type { ReleaseGate } from '../../core/release-gates.ts';
import type { Release } from '../../core/release.ts';
import { ALL, type ScoreCell } from '../../core/score-table.ts';
import { escaped, htmlPage, table } from './markup.ts';
import { sequenceName, structureName } from './plots.ts';

/** A release to be read: published, or as it would be. */
export interface ReleaseReport extends Omit<Release, 'schema' | 'software'> {
  /** Null for a draft. */
  published: string | null;
  /** Digests of the keys that have signed it. */
  signedBy: string[];
}

/** A release as one HTML page that loads nothing: gates, tables, what changed, errata, what is in it and how it came to be. */
export function releasePage(report: ReleaseReport, manifest: Manifest): string {
  const { dataset, name, version, published, notes, signedBy } = report;
  const when = published === null ? 'A draft, not published.' : `Published ${escaped(published.slice(0, 10))}.`;
  const keys = signedBy.map((key) => key.slice(0, 12)).join(', ');
  return htmlPage(`${dataset} ${name}`, [
    `<h1>${escaped(dataset)} ${escaped(name)}</h1>`,
    `<p class="soft">${when} Version ${version}.${keys === '' ? '' : ` Signed by key ${keys}.`}</p>`,
    facts(manifest),
    notes === '' ? '' : `<h2>Notes</h2>${paragraphs(notes)}`,
    gates(report.gates),
    changes(report),
    errata(report),
    scores(report),
    provenance(manifest),
  ]);
}

function paragraphs(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((part) => `<p>${escaped(part.trim()).replaceAll('\n', '<br>')}</p>`)
    .join('\n');
}

function facts(manifest: Manifest): string {
  const { patients, trainPatients, validationPatients, series, structures } = versionFacts(manifest);
  const box = (title: string, value: number, words: string) =>
    `<li>${title}<b>${value}</b><span class="soft">${words}</span></li>`;
  return `<ul class="facts">${[
    box('Patients', patients, `${trainPatients} train, ${validationPatients} validation`),
    box('Series', series, 'with a reference'),
    box('Vertebrae', structures.vertebrae, 'structures'),
    box('Discs', structures.discs, 'structures'),
    box('Canals', structures.canals, 'structures'),
  ].join('')}</ul>`;
}

function gates(all: readonly ReleaseGate[]): string {
  const rows = all.map(({ gate, required, passed, measured, threshold, source }) => [
    escaped(gate),
    passed ? 'passed' : required ? '<b class="strict">red</b>' : 'not passed, not asked for',
    escaped(measured),
    escaped(threshold),
    escaped(source),
  ]);
  const columns = ['Gate', 'Verdict', 'Measured', 'Asked for', 'Source'];
  return `<h2>Gates</h2><div class="wide words">${table(columns, rows)}</div>`;
}

function changes({ previous, changes: words }: ReleaseReport): string {
  if (previous === null) return '';
  const list = words.map((each) => `<li>${escaped(each)}</li>`).join('');
  return `<h2>Since ${escaped(previous.name)}</h2><ul>${list}</ul>`;
}

function errata({ errata: all }: ReleaseReport): string {
  if (all.length === 0) return '';
  const short = (digests: readonly string[]) => digests.map((digest) => digest.slice(0, 12)).join(', ') || 'none';
  const rows = all.map((each) => [
    escaped(erratumWords(each)),
    short(each.models),
    each.evaluations.map(({ model, version }) => `${model.slice(0, 12)} on ${version.slice(0, 12)}`).join('<br>') ||
      'none',
  ]);
  return `<h2>Errata mended</h2>
<p class="soft">Models that had learned from the wrong mask, and scores that were computed against it: take them for what they are.</p>
<div class="wide words">${table(['Erratum', 'Models', 'Scores'], rows)}</div>`;
}

function scores({ evaluation, tables }: ReleaseReport): string {
  if (!evaluation || tables.length === 0) return '';
  const { model, patients, series } = evaluation;
  return `<h2>The serving model on this version</h2>
<p class="soft">Model ${model.slice(0, 12)} on ${series} series of ${patients} validation patients, none of whom it has seen. SPIDER's
protocol; mean ± standard deviation over structures, in brackets the 95 % interval of the mean over patients.</p>
${byGroup(
  'Table 3: by structure and sequence',
  tables.filter(({ hospital }) => hospital === ALL),
  'sequence',
)}
${byGroup(
  'Table 4: by structure and hospital',
  tables.filter(({ sequence }) => sequence === ALL),
  'hospital',
)}`;
}

function byGroup(title: string, cells: readonly ScoreCell[], group: 'sequence' | 'hospital'): string {
  const rows = cells.map((cell) => [
    structureName(cell.structure),
    group === 'sequence'
      ? sequenceName(cell.sequence)
      : escaped(cell.hospital === ALL ? 'all hospitals' : cell.hospital),
    `${cell.patients}`,
    `${cell.series}`,
    `${cell.found}`,
    `${cell.missed}`,
    estimateText(cell.dice, 3),
    estimateText(cell.asdMm, 2),
  ]);
  const columns = [
    'Structure',
    group === 'sequence' ? 'Sequence' : 'Hospital',
    'Patients',
    'Series',
    'Found',
    'Missed',
  ];
  return `<h3>${title}</h3><div class="wide pairs">${table([...columns, 'Dice', 'ASD mm'], rows, 2)}</div>`;
}

function provenance(manifest: Manifest): string {
  const { origins, bases, reviewers, minutes, voxelsChanged, models } = versionFacts(manifest);
  const rows = [
    ['given with the data', origins.given],
    ['accepted as shown', origins.accepted],
    ['corrected', origins.corrected],
    ['shown a proposal of a model', bases.proposal],
    ['shown a mask carried over from a SPACE series', bases.propagated],
    ['shown a published reference again', bases.reference],
    ['reviewers', reviewers],
    ['hours of review', Number((minutes / 60).toFixed(1))],
    ['voxels changed', voxelsChanged],
    ['models that proposed', models.length],
  ].map(([what, count]) => [String(what), String(count)]);
  return `<h2>How the references came to be</h2>${table(['References', 'Count'], rows)}`;
}
