import { gateResult, type GateResult } from '../gate-result.ts';
import type { SeriesId } from '../ids.ts';
import { completeLabel, isDisc, isPartialVertebra, isVertebra } from '../labels.ts';

/** How many vertebrae (partly visible ones included) and discs a series shows. */
export interface SeriesCounts {
  series: SeriesId;
  vertebrae: number;
  discs: number;
}

/** Counts the structures of a mask by its labels. */
export function countsOf(series: SeriesId, labels: readonly number[]): SeriesCounts {
  const vertebrae = labels.filter((label) => isVertebra(label) || isPartialVertebra(label)).map(completeLabel);
  return { series, vertebrae: new Set(vertebrae).size, discs: new Set(labels.filter(isDisc)).size };
}

/** What is known of a study from elsewhere. */
export interface StudyFacts {
  /** Counts by overview.csv, for some of the series. */
  overview?: readonly SeriesCounts[];
  /** Disc numbers that were graded (IVD labels: 1 is the lowest), for the whole study. */
  gradedDiscs?: readonly number[];
}

/**
 * The gates that need more than one mask: all series of one study, by the counts of their masks. All are flags: fields of view
 * differ. `counts-agree-with-overview` and `counts-agree-with-gradings` are left out when nothing is given to compare with.
 */
export function crossSeriesGates(study: readonly SeriesCounts[], facts: StudyFacts = {}): GateResult[] {
  const gates = [countsAgreeInStudy(study)];
  if (facts.overview) gates.push(countsAgreeWithOverview(study, facts.overview));
  if (facts.gradedDiscs) gates.push(countsAgreeWithGradings(study, facts.gradedDiscs));
  return gates;
}

function countsAgreeInStudy(study: readonly SeriesCounts[]): GateResult {
  const different = new Set(study.map(({ vertebrae, discs }) => `${vertebrae}/${discs}`));
  return gateResult('counts-agree-in-study', 'flag', different.size <= 1, {
    measured: study.map(shown).join(', ') || 'no series',
    expected: 'the same vertebrae and discs in every series',
  });
}

function countsAgreeWithOverview(study: readonly SeriesCounts[], overview: readonly SeriesCounts[]): GateResult {
  const known = new Map(overview.map((row) => [row.series, row]));
  const compared = study.filter(({ series }) => known.has(series));
  const differ = compared.filter((each) => {
    const row = known.get(each.series)!;
    return row.vertebrae !== each.vertebrae || row.discs !== each.discs;
  });
  return gateResult('counts-agree-with-overview', 'flag', differ.length === 0, {
    measured: (differ.length === 0 ? compared : differ).map(shown).join(', ') || 'no series in the table',
    expected: differ.map(({ series }) => shown(known.get(series)!)).join(', ') || 'the counts of overview.csv',
  });
}

/** Gradings count discs from 1; the highest number graded is the number of discs, in every series. */
function countsAgreeWithGradings(study: readonly SeriesCounts[], graded: readonly number[]): GateResult {
  const highest = Math.max(0, ...graded);
  const differ = study.filter(({ discs }) => discs !== highest);
  return gateResult('counts-agree-with-gradings', 'flag', differ.length === 0, {
    measured: (differ.length === 0 ? study : differ).map(({ series, discs }) => `${series}: ${discs} discs`).join(', '),
    expected: `${highest} discs, as graded`,
    labels: differ.flatMap(({ discs }) =>
      range(Math.min(discs, highest) + 1, Math.max(discs, highest)).map((n) => 200 + n),
    ),
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function shown({ series, vertebrae, discs }: SeriesCounts): string {
  return `${series}: ${vertebrae} vertebrae, ${discs} discs`;
}
