import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { DatasetName, workflowId } from '../core/ids.ts';
import type { CampaignInput, CampaignPolicy, CampaignState, RoundReport, RoundState } from '../core/loop.ts';
import { QUEUE } from '../core/queues.ts';
import type { campaign } from '../workflows/campaign.ts';
import { ConflictError, NotFoundError } from './errors.ts';

/** Starts, steers and watches campaigns. */
export interface CampaignService {
  /** Names of the datasets that exist, ascending. */
  datasets(): Promise<DatasetName[]>;
  /** Null when no campaign was ever started for the dataset. */
  state(dataset: string): Promise<CampaignState | null>;
  /** Reports of the finished rounds, ascending by round; empty when there are none. */
  reports(dataset: string): Promise<RoundReport[]>;
  /** The round that is running now; null between rounds. */
  round(dataset: string): Promise<RoundState | null>;
  /**
   * Starts a campaign at the round after the last recorded one, and gives that round's number. Throws NotFoundError without such a
   * dataset, ConflictError when its campaign runs already or the policy allows no further round.
   */
  start(dataset: string, policy: CampaignPolicy): Promise<{ round: number }>;
  /** The same for one round only, whatever `policy.maxRounds` says. */
  startRound(dataset: string, policy: CampaignPolicy): Promise<{ round: number }>;
  /** The round under way stops before its next stage. Throws NotFoundError, ConflictError when no campaign runs. */
  pause(dataset: string): Promise<void>;
  resume(dataset: string): Promise<void>;
}

export function createCampaignService(deps: { client: Client; store: ObjectStore }): CampaignService {
  const { client, store } = deps;
  const recordsOf = (dataset: string) => new DatasetRecords(store, DatasetName.parse(dataset));

  const describe = (id: string) => describedWorkflow(client, id);

  async function nextRound(dataset: string): Promise<number> {
    const records = recordsOf(dataset);
    if (!(await records.exists())) throw new NotFoundError(`no dataset "${dataset}": ingest a cohort first`);
    return ((await records.rounds()).at(-1)?.round ?? 0) + 1;
  }

  async function begin(input: CampaignInput): Promise<{ round: number }> {
    const id = workflowId.campaign(input.dataset);
    try {
      await client.workflow.start<typeof campaign>('campaign', {
        workflowId: id,
        taskQueue: QUEUE.orchestrate,
        args: [input],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      throw new ConflictError(`the campaign of dataset "${input.dataset}" runs already (workflow ${id})`);
    }
    return { round: input.nextRound };
  }

  async function signal(dataset: string, name: 'pause' | 'resume'): Promise<void> {
    const id = workflowId.campaign(DatasetName.parse(dataset));
    const found = await describe(id);
    if (!found) throw new NotFoundError(`no campaign was started for dataset "${dataset}"`);
    if (found.status.name !== 'RUNNING') {
      throw new ConflictError(`the campaign of dataset "${dataset}" has ended; start it again for further rounds`);
    }
    await client.workflow.getHandle(id).signal(name);
  }

  return {
    datasets: () => store.listDatasets(),
    reports: (dataset) => recordsOf(dataset).rounds(),

    state: (dataset) => campaignState(client, DatasetName.parse(dataset)),

    async round(dataset) {
      const next = ((await recordsOf(dataset).rounds()).at(-1)?.round ?? 0) + 1;
      const id = workflowId.round(dataset, next);
      const found = await describe(id);
      if (found?.status.name !== 'RUNNING') return null;
      return client.workflow.getHandle(id).query<RoundState>('roundState');
    },

    async start(dataset, policy) {
      const round = await nextRound(dataset);
      if (round > policy.maxRounds) {
        const done = `${round - 1} round${round === 2 ? ' is' : 's are'} done`;
        throw new ConflictError(`dataset "${dataset}": ${done} and the policy allows ${policy.maxRounds}`);
      }
      return begin({ dataset, policy, nextRound: round, paused: false });
    },

    async startRound(dataset, policy) {
      const round = await nextRound(dataset);
      return begin({ dataset, policy: { ...policy, maxRounds: round }, nextRound: round, paused: false });
    },

    pause: (dataset) => signal(dataset, 'pause'),
    resume: (dataset) => signal(dataset, 'resume'),
  };
}

/** What the campaign answers; once it has ended, its result, or why it has none. */
async function campaignState(client: Client, dataset: DatasetName): Promise<CampaignState | null> {
  const id = workflowId.campaign(dataset);
  const found = await describedWorkflow(client, id);
  if (!found) return null;
  const handle = client.workflow.getHandle<typeof campaign>(id, found.runId);
  if (found.status.name === 'COMPLETED') return handle.result();
  const state = await handle.query<CampaignState>('campaignState');
  if (found.status.name === 'RUNNING') return state;
  return { ...state, status: 'finished', stop: await reasonOfEnd(() => handle.result(), found.status.name) };
}

async function describedWorkflow(client: Client, id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Why a campaign ended without finishing: the innermost message of its failure. */
async function reasonOfEnd(result: () => Promise<unknown>, status: string): Promise<string> {
  try {
    await result();
    return status.toLowerCase();
  } catch (error) {
    let innermost = error as Error;
    while (innermost.cause instanceof Error) innermost = innermost.cause;
    return `${status.toLowerCase()}: ${innermost.message}`;
  }
}
