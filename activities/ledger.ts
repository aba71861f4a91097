import { publishCatalog } from '../adapters/publication.ts';
import type { CatalogSeries } from '../core/catalog.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import type { CampaignPolicy, RoundReport } from '../core/loop.ts';
import {
  chooseSeries,
  propagationsOf,
  type ModelFiles,
  type Propagation,
  type SegmentationPlan,
} from '../core/plans.ts';
import type { ReviewOutcome } from '../core/review.ts';
import { splitCatalog } from '../core/person-split.ts';
import { filesOf, modelOf, recordsOf, type StoreDeps } from './dataset.ts';
import { reviewFindings } from './review-ledger.ts';

export interface LedgerDeps extends StoreDeps {
  /** What round reports say that the code was: name and version. */
  software?: string;
}

/** A training set was asked for and nothing in the dataset has a reference. Permanent. */
export class NoReferencesError extends Error {
  override readonly name = 'NoReferencesError';
}

/**
 * The activities that keep a dataset's books: catalog, split, versions, rounds (models: activities/model-registry.ts). Each may run twice with the same result:
 * records move by compare-and-swap, and what is there already is left alone.
 */
export function createLedgerActivities(deps: LedgerDeps) {
  const records = (dataset: DatasetName) => recordsOf(deps, dataset);
  return {
    async planPropagation({ dataset }: { dataset: DatasetName }): Promise<Propagation[]> {
      return propagationsOf((await records(dataset).catalog()).series);
    },

    /** The next patients to propose masks for, whole patients at a time, and the files of the model to do it with. */
    async planSegmentation(input: {
      dataset: DatasetName;
      patients: number;
      model: Digest;
    }): Promise<{ items: SegmentationPlan[]; model: ModelFiles }> {
      const { series } = await records(input.dataset).catalog();
      const model = await modelOf(deps, input.dataset, input.model);
      return { items: chooseSeries(series, input.patients), model: filesOf(model) };
    },

    /** Enters what reviewers decided. A series that has a reference already keeps it. */
    async acceptOutcomes(input: { dataset: DatasetName; round: number; outcomes: ReviewOutcome[] }): Promise<void> {
      const bySeries = new Map(input.outcomes.map((outcome) => [outcome.series, outcome]));
      await records(input.dataset).updateCatalog((catalog) => ({
        ...catalog,
        series: catalog.series.map((entry) => withOutcome(entry, bySeries.get(entry.series), input.round)),
      }));
    },

    /**
     * Gives every patient with a reference a set; patients who have one keep it, but for a recorded re-split. That waits for the next
     * freeze: the model of a round under way could not be judged on it.
     */
    async splitPatients(input: {
      dataset: DatasetName;
      validationShare: number;
      seed: number;
      stage?: 'freeze' | 'round';
    }): Promise<void> {
      const { validationShare, seed, stage } = input;
      await records(input.dataset).updateCatalog((catalog) =>
        splitCatalog(catalog, { validationShare, seed, mayRedraw: stage === 'freeze' }),
      );
    },

    /** Freezes the catalog as a version after the newest one; null when nothing has a reference. Unchanged content keeps its version. */
    async publishVersion({ dataset }: { dataset: DatasetName }): Promise<Digest | null> {
      return publishCatalog(deps.store, dataset);
    },

    async refuseWithoutReferences({ dataset }: { dataset: DatasetName }): Promise<never> {
      throw new NoReferencesError(
        `dataset ${dataset}: expected at least one series with a reference to train on, got none: ingest masks, or annotate first`,
      );
    },

    /** Completes a round's report (what remains, whether to stop) and files it. */
    async recordRound(input: {
      dataset: DatasetName;
      policy: CampaignPolicy;
      report: Omit<RoundReport, 'remaining' | 'stop' | 'policy' | 'software'>;
    }): Promise<RoundReport> {
      const { series } = await records(input.dataset).catalog();
      const remaining = series.filter((entry) => !entry.reference && !entry.excluded).length;
      const { policy } = input;
      const stop = stopReason(remaining, input);
      const software = deps.software === undefined ? {} : { software: deps.software };
      const findings = await reviewFindings(deps, input.dataset, input.report.round);
      const report: RoundReport = { ...input.report, ...findings, policy, ...software, remaining, stop };
      await records(input.dataset).recordRound(report);
      return report;
    },
  };
}

function withOutcome(entry: CatalogSeries, outcome: ReviewOutcome | undefined, round: number): CatalogSeries {
  if (!outcome || entry.reference || entry.excluded) return entry;
  return outcome.outcome === 'accepted'
    ? { ...entry, reference: outcome.reference }
    : { ...entry, excluded: { reason: outcome.reason, round } };
}

function stopReason(
  remaining: number,
  {
    policy,
    report,
  }: { policy: Pick<CampaignPolicy, 'stopAtProposalDice'>; report: Pick<RoundReport, 'proposalScores'> },
): string | null {
  if (remaining === 0) return 'every series has a reference or is excluded';
  const dice = report.proposalScores?.meanDice ?? null;
  const enough = policy.stopAtProposalDice;
  if (enough === null || dice === null || dice < enough) return null;
  return `proposals agree with their references at mean Dice ${dice.toFixed(4)}, the stop rule asks for ${enough}`;
}
