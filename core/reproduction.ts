import { canonicalJson } from './canonical-json.ts';
import type { StoredVolume } from './catalog.ts';
import type { Digest, SeriesId } from './ids.ts';
import type { Scores } from './loop.ts';
import type { ManifestSeries } from './manifest.ts';
import type { ModelFiles } from './plans.ts';
import type { Retraining, RetrainingVerdict } from './retraining.ts';

/**
 * What is derived again of a version, and compared.
 *   manifest     the manifest's own digest; the series of its parent are all there, with the same images
 *   split        from the parent's split by the recorded share and seed
 *   weights      the files of every model that made a proposal, by digest
 *   image, mask  stored bytes by digest, voxels by voxel digest, and the bytes that writing those voxels gives now
 *   labels       labels present, and vertebrae cut by the edge
 *   change       voxels changed and Dice between what the reviewer was shown and the reference
 *   propagation  the mask carried over from the SPACE series, by running that again
 *   proposal     the model's mask, by running the model again
 *   evaluation   the scores of every model evaluated on the version, by segmenting and scoring again
 *   retraining   when asked for: models of the lineage, trained again and compared statistically (core/retraining.ts)
 */
export const REPRODUCED = [
  'manifest',
  'split',
  'weights',
  'image',
  'mask',
  'labels',
  'change',
  'propagation',
  'proposal',
  'evaluation',
  'retraining',
] as const;
export type Reproduced = (typeof REPRODUCED)[number];

/** `within`: not the same, but within the stated tolerance. `impossible`: what it takes is not there. */
export const OUTCOMES = ['equal', 'within', 'different', 'impossible'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface ReproductionCheck {
  what: Reproduced;
  /** A series, a model's digest, or the version's. */
  of: string;
  outcome: Outcome;
  /** Null when equal. */
  detail: string | null;
}

/** What it takes to derive one series again. */
export interface ReproductionItem {
  entry: Pick<ManifestSeries, 'series' | 'grid' | 'image' | 'reference'>;
  /** The SPACE series that the shown mask was carried over from. */
  source: { series: SeriesId; image: StoredVolume; mask: StoredVolume } | null;
  /** The model that made the shown mask; null when no model did, or it is not registered any more. */
  model: ModelFiles | null;
}

export type ReproductionCounts = Record<Reproduced, Record<Outcome, number>>;

export interface Reproduction {
  version: Digest;
  series: number;
  /** Everything that was compared is equal or within tolerance, and nothing was impossible. */
  reproduced: boolean;
  /** The same, and nothing is merely within tolerance. */
  allEqual: boolean;
  counts: ReproductionCounts;
  /** What is not equal, at most 200 of them. */
  findings: ReproductionCheck[];
  findingsLeftOut: number;
  /** The models that were trained again; absent when that wasn't asked for. */
  retrainings?: Retraining[];
}

/** How far a reproduction is: series, and models where they are trained again. */
export interface ReproductionProgress {
  done: number;
  total: number;
  trainings?: { done: number; total: number };
}

/** A proposal made again may differ from the first one by this much in Dice over the foreground: other processors add up otherwise. */
export const PROPOSAL_TOLERANCE_DICE = 0.01;
/** And mean Dice of an evaluation by this much. */
export const EVALUATION_TOLERANCE_DICE = 0.005;

const MOST_FINDINGS = 200;

/** What a part of the checks came to. */
export type Tally = Pick<Reproduction, 'counts' | 'findings' | 'findingsLeftOut'>;

export function tallyOf(checks: readonly ReproductionCheck[]): Tally {
  const count = (what: Reproduced, outcome: Outcome) =>
    checks.filter((check) => check.what === what && check.outcome === outcome).length;
  const findings = checks.filter(({ outcome }) => outcome !== 'equal');
  return bounded(
    countsBy((what, outcome) => count(what, outcome)),
    findings,
    0,
  );
}

/** Both together: counts add up, findings are kept as far as there is room. */
export function joinTallies(a: Tally, b: Tally): Tally {
  return bounded(
    countsBy((what, outcome) => countIn(a, what, outcome) + countIn(b, what, outcome)),
    [...a.findings, ...b.findings],
    a.findingsLeftOut + b.findingsLeftOut,
  );
}

/** A part that was counted before a kind of check was known has none of it. */
function countIn({ counts }: { counts: Partial<ReproductionCounts> }, what: Reproduced, outcome: Outcome): number {
  return counts[what]?.[outcome] ?? 0;
}

function countsBy(count: (what: Reproduced, outcome: Outcome) => number): ReproductionCounts {
  const row = (what: Reproduced) => Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count(what, outcome)]));
  return Object.fromEntries(REPRODUCED.map((what) => [what, row(what)])) as ReproductionCounts;
}

function bounded(counts: ReproductionCounts, findings: readonly ReproductionCheck[], leftOut: number): Tally {
  const more = Math.max(0, findings.length - MOST_FINDINGS);
  return { counts, findings: findings.slice(0, MOST_FINDINGS), findingsLeftOut: leftOut + more };
}

export function verdictOf(counts: ReproductionCounts): Pick<Reproduction, 'reproduced' | 'allEqual'> {
  const sum = (outcome: Outcome) => REPRODUCED.reduce((total, what) => total + counts[what][outcome], 0);
  const reproduced = sum('different') === 0 && sum('impossible') === 0;
  return { reproduced, allEqual: reproduced && sum('within') === 0 };
}

/** Compares a mask made again with the first one by the share of the foreground that agrees. */
export function compareMasks(
  what: 'propagation' | 'proposal',
  series: SeriesId,
  { voxelsChanged, dice }: { voxelsChanged: number; dice: number },
): ReproductionCheck {
  const outcome = voxelsChanged === 0 ? 'equal' : 1 - dice <= PROPOSAL_TOLERANCE_DICE ? 'within' : 'different';
  const detail = outcome === 'equal' ? null : `${voxelsChanged} voxels differ, Dice ${dice.toFixed(4)}`;
  return { what, of: series, outcome, detail };
}

/** Compares an evaluation made again with the recorded one. */
export function compareScores(model: Digest, recorded: Scores, again: Scores): ReproductionCheck {
  if (canonicalJson(recorded) === canonicalJson(again)) {
    return { what: 'evaluation', of: model, outcome: 'equal', detail: null };
  }
  const [before, after] = [recorded.meanDice, again.meanDice];
  const isNear = before !== null && after !== null && Math.abs(before - after) <= EVALUATION_TOLERANCE_DICE;
  const detail = `mean Dice was ${before?.toFixed(4) ?? 'none'}, is ${after?.toFixed(4) ?? 'none'}`;
  return { what: 'evaluation', of: model, outcome: isNear ? 'within' : 'different', detail };
}

/** Nothing decided is nothing reproduced. */
const OUTCOME_OF: Record<RetrainingVerdict, Outcome> = {
  'byte-equal': 'equal',
  equivalent: 'within',
  different: 'different',
  undecided: 'impossible',
  impossible: 'impossible',
};

export function retrainingCheck({ model, verdict, detail }: Retraining): ReproductionCheck {
  const outcome = OUTCOME_OF[verdict];
  const said = detail === null ? verdict : verdict === 'impossible' ? detail : `${verdict}: ${detail}`;
  return { what: 'retraining', of: model, outcome, detail: outcome === 'equal' ? null : said };
}
