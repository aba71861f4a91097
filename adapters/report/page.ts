import { crossTable, estimateText } from '../../core/cross-table.ts';
import { labelName } from '../../core/labels.ts';
import type { EvaluatedSeries, EvaluationReport } from '../../core/evaluation-report.ts';
import { valueOf } from '../../core/measure.ts';
import type { Protocol, ProtocolRow } from '../../core/protocol.ts';
import { ALL, type Estimate, type ScoreCell } from '../../core/score-table.ts';
import { definitions } from './definitions.ts';
import { escaped, htmlPage, picture, table } from './markup.ts';
import { intervalPlot, levelPlot, sequenceName, structureName } from './plots.ts';

/** A case to look at: a series, and the picture of its mid-sagittal slice as PNG. */
export interface PicturedCase {
  series: string;
  png: Uint8Array;
}

/**
 * The evaluation as one HTML page: tables, plots and pictures, all inside it; it loads nothing and runs no script, which its
 * content security policy also forbids.
 */
export function evaluationPage(report: EvaluationReport, cases: readonly PicturedCase[]): string {
  const byHospital = new Set(report.series.map(({ hospital }) => hospital)).size > 1;
  const bySequence = new Set(report.series.map(({ sequence }) => sequence)).size > 1;
  const sections = [
    `<h1>Segmentation evaluation</h1>`,
    facts(report),
    warnings(report),
    `<h2>By structure and sequence</h2>${cellTables(report, (cell) => cell.hospital === ALL, sequenceColumn)}`,
    byHospital
      ? `<h2>By structure and hospital</h2>${cellTables(report, (cell) => cell.sequence === ALL, hospitalColumn)}`
      : '',
    byHospital && bySequence ? crossTables(report) : '',
    plots(report),
    completenessSection(report),
    worstCases(report, cases),
    seriesTable(report),
    definitions(report.settings),
  ];
  return htmlPage('Segmentation evaluation', sections);
}

/** The series to look at first: of those with a prediction the ones with the lowest mean Dice, by the strictest protocol. */
export function worstSeries({ series }: EvaluationReport, count: number): EvaluatedSeries[] {
  const given = series.filter(({ prediction }) => prediction === 'given');
  const ranked = given.map((each) => ({ each, dice: meanDice(strictest(each)) }));
  return ranked
    .filter(({ dice }) => dice !== null)
    .sort((a, b) => a.dice! - b.dice!)
    .slice(0, count)
    .map(({ each }) => each);
}

function strictest({ strict, spider }: EvaluatedSeries): readonly ProtocolRow[] {
  return strict ?? spider ?? [];
}

function meanDice(rows: readonly ProtocolRow[]): number | null {
  return rows.length === 0 ? null : rows.reduce((sum, { dice }) => sum + dice, 0) / rows.length;
}

function facts({ cells, patients, series, settings }: EvaluationReport): string {
  const headline = settings.protocols.includes('spider') ? 'spider' : 'strict';
  const overall = cells.filter(
    (cell) => cell.protocol === headline && cell.sequence === ALL && cell.hospital === ALL && cell.structure !== ALL,
  );
  const boxes = overall.map(
    (cell) =>
      `<li>${structureName(cell.structure)}<b>${meanText(cell.dice, 3)}</b>` +
      `<span class="soft">Dice; ASD ${meanText(cell.asdMm, 2)} mm</span></li>`,
  );
  const counted = `<li>Compared<b>${series.length}</b><span class="soft">series of ${patients} patients</span></li>`;
  return `<p class="soft">Means over structures, ${headline} protocol. 1 is a perfect Dice, 0 mm a perfect surface distance (ASD).</p>
<ul class="facts">${counted}${boxes.join('')}</ul>`;
}

function meanText(estimate: Estimate, digits: number): string {
  return estimate.defined ? estimate.mean.toFixed(digits) : '–';
}

function warnings({ missing, refused, extra }: EvaluationReport): string {
  const list = (names: readonly string[]): string => names.map(escaped).join(', ');
  const lines = [
    missing.length > 0 ? `<b>No prediction</b> for ${missing.length} series, charged as missed: ${list(missing)}.` : '',
    ...refused.map(
      ({ series, reason }) =>
        `<b>Unusable prediction</b> of ${escaped(series)}, charged as missed: ${escaped(reason)}.`,
    ),
    extra.length > 0 ? `<b>Not in the reference</b>, so not counted: ${list(extra)}.` : '',
  ].filter(Boolean);
  return lines.length === 0 ? '' : `<div class="warning">${lines.map((line) => `<p>${line}</p>`).join('')}</div>`;
}

interface GroupColumn {
  title: string;
  name: (cell: ScoreCell) => string;
}

const sequenceColumn: GroupColumn = { title: 'Sequence', name: (cell) => sequenceName(cell.sequence) };
const hospitalColumn: GroupColumn = {
  title: 'Hospital',
  name: ({ hospital }) => hospitalName(hospital),
};

function hospitalName(hospital: string): string {
  return hospital === ALL ? 'all hospitals' : hospital;
}

function cellTables(report: EvaluationReport, wanted: (cell: ScoreCell) => boolean, column: GroupColumn): string {
  return report.settings.protocols
    .map((protocol) => {
      const rows = report.cells.filter((cell) => cell.protocol === protocol && wanted(cell));
      return `<div class="wide pairs">${protocolName(protocol)}${table(
        [
          'Structure',
          column.title,
          'Series',
          'Found',
          'Missed',
          'Extra',
          'Dice',
          'ASD, mm',
          'HD95, mm',
          'Surface Dice',
        ],
        rows.map((cell) => [
          structureName(cell.structure),
          escaped(column.name(cell)),
          `${cell.series}`,
          `${cell.found}`,
          `${cell.missed}`,
          protocol === 'strict' ? `${cell.extra}` : '–',
          estimateCell(cell.dice, 3),
          estimateCell(cell.asdMm, 2),
          estimateCell(cell.hd95Mm, 1, { sd: false }),
          estimateCell(cell.surfaceDice, 3, { sd: false }),
        ]),
        2,
      )}</div>`;
    })
    .join('');
}

/** Dice and surface distance by structure, hospital and sequence. */
function crossTables(report: EvaluationReport): string {
  const parts = report.settings.protocols.flatMap((protocol) =>
    (['dice', 'asdMm'] as const).map((measure) => {
      const { sequences, rows } = crossTable(report.cells, protocol, measure);
      const columns = ['Structure', 'Hospital', ...sequences.map((sequence) => escaped(sequenceName(sequence)))];
      const lines = rows.map(({ structure, hospital, estimates }) => [
        structureName(structure),
        escaped(hospitalName(hospital)),
        ...estimates.map((estimate) => estimateCell(estimate, measure === 'dice' ? 3 : 2)),
      ]);
      const title = measure === 'dice' ? 'Dice' : 'ASD, mm';
      return `<div class="wide pairs"><p><b>${title}</b>, <b class="${protocol}">${protocol}</b></p>${table(columns, lines, 2)}</div>`;
    }),
  );
  return `<h2>By structure, hospital and sequence</h2>${parts.join('')}`;
}

/** The interval stands below mean and standard deviation, so that the table fits a page. */
function estimateCell(estimate: Estimate | null, digits: number, options: { sd?: boolean } = {}): string {
  return estimateText(estimate, digits, options).replace(/ \((.*)\)$/, '<small>$1</small>');
}

function protocolName(protocol: Protocol): string {
  const says = { spider: 'as the SPIDER paper counts', strict: 'one-to-one, nothing is free' }[protocol];
  return `<p><b class="${protocol}">${protocol}</b> <span class="soft">${says}; mean ± standard deviation over structures, below it the 95 % interval of the mean over patients</span></p>`;
}

function plots({ cells, series, settings }: EvaluationReport): string {
  const key = settings.protocols.map((protocol) => `<b class="${protocol}">● ${protocol}</b>`).join(' &nbsp; ');
  const rows = series.flatMap((each) => each.spider ?? each.strict ?? []);
  return `<h2>Dice with its interval</h2><p>${key}</p>${intervalPlot(cells, 'dice', 'Dice by structure and sequence')}
<h2>Surface distance with its interval, mm</h2><p>${key}</p>${intervalPlot(cells, 'asdMm', 'ASD by structure and sequence')}
<h2>Dice of every structure, by level</h2>
<p class="soft">Levels are named as if vertebra 1 were L5. Hollow points were missed.</p>${levelPlot(rows, 'Dice by level')}`;
}

function completenessSection({ completeness }: EvaluationReport): string {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = completeness;
  const rows = [
    ['called complete', `${truePositives}`, `${falsePositives} (false positives)`],
    ['called incomplete', `${falseNegatives} (false negatives)`, `${trueNegatives}`],
  ];
  return `<h2>Completely in view?</h2><p class="soft">Vertebrae that were found, by whether they are wholly inside the volume.</p>
${table(['', 'complete', 'incomplete'], rows)}`;
}

function worstCases({ series }: EvaluationReport, cases: readonly PicturedCase[]): string {
  if (cases.length === 0) return '';
  const figures = cases.flatMap(({ series: name, png }) => {
    const each = series.find((one) => one.series === name);
    if (!each) return [];
    const rows = strictest(each);
    const worst = [...rows].sort((a, b) => a.dice - b.dice).slice(0, 3);
    const said = worst.map(
      ({ label, dice, outcome }) => `${labelName(label)} ${outcome === 'found' ? dice.toFixed(3) : outcome}`,
    );
    const mean = meanDice(rows)?.toFixed(3) ?? '–';
    const caption = `<b>${escaped(name)}</b>, mean Dice ${mean}. Lowest: ${escaped(said.join(', '))}`;
    return picture(png, `Mid-sagittal slice of ${name}`, caption);
  });
  return `<h2>Worst cases</h2><p class="soft">Mid-sagittal slice, front to the left.
<span class="key" style="background:#00c896"></span>reference<span class="key" style="background:#ff8c00"></span>prediction, drawn over it</p>
<div class="cases">${figures.join('\n')}</div>`;
}

function seriesTable({ series }: EvaluationReport): string {
  const rows = [...series]
    .sort((a, b) => (meanDice(strictest(a)) ?? 2) - (meanDice(strictest(b)) ?? 2))
    .map((each) => {
      const rows = strictest(each);
      const count = (outcome: ProtocolRow['outcome']): string =>
        `${rows.filter((row) => row.outcome === outcome).length}`;
      const distances = rows.flatMap(({ asdMm }) => valueOf(asdMm) ?? []);
      const asd = distances.length === 0 ? '–' : (distances.reduce((a, b) => a + b, 0) / distances.length).toFixed(2);
      const dice = meanDice(rows)?.toFixed(3) ?? '–';
      const facts = [each.series, each.patient, each.hospital, each.prediction].map(escaped);
      return [...facts, count('found'), count('missed'), count('extra'), dice, asd];
    });
  return `<h2>Every series, worst first</h2><div class="wide">${table(
    ['Series', 'Patient', 'Hospital', 'Prediction', 'Found', 'Missed', 'Extra', 'Dice', 'ASD, mm'],
    rows,
  )}</div>`;
}
