import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { readConfiguration } from '../../adapters/configuration.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { connectTemporal, type TemporalConnection } from '../../adapters/temporal-connection.ts';
import { createCampaignService, type CampaignService } from '../../client/campaigns.ts';
import { ingestCohortFolder } from '../../client/cohort-ingest.ts';
import { DEMO_POLICY } from '../../client/policies.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import { verifyStored } from '../../client/verify-version.ts';
import type { SeriesId } from '../../core/ids.ts';
import type { RoundReport, Stage } from '../../core/loop.ts';
import { localEnvironment } from '../../infra/local/environment.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { isRunning } from '../../infra/local/process.ts';
import { startServers, type ServerName } from '../../infra/local/servers.ts';
import { readState } from '../../infra/local/state.ts';
import { startWorkers, type WorkerName } from '../../infra/local/workers.ts';
import { makePhantomCohort } from '../../infra/phantom/cohort.ts';
import { runSimulatedReviewer } from '../../infra/simulated-reviewer/reviewer.ts';
import { SKILL_PRESETS } from '../../infra/simulated-reviewer/skill.ts';
import { truthFromFolder, type TruthSource } from '../../infra/simulated-reviewer/truth.ts';
import { cleanEnvironment, temporaryHome } from '../infra/local-home.ts';

const DATASET = 'chaos';
/** What is killed (kill -9) as soon as a round is seen in a stage. */
const KILLS: [Stage, (ServerName | WorkerName)[]][] = [
  ['propagate', ['imaging', 'temporal']],
  ['train', ['train-gpu', 'orchestrate']],
  ['segment', ['inference', 's3']],
  ['review', ['web', 'temporal', 'orchestrate']],
];

/** A round with real processes, of which everything is killed once in mid-work and started again as `spindle up` does. */
describe('a round through kill -9', () => {
  const { home, remove } = temporaryHome();
  const cohort = join(home, 'cohort');
  const stopping = new AbortController();
  /** The stages in which something was killed. */
  const killed: Stage[] = [];
  let temporal: TemporalConnection;
  let store: ObjectStore;
  let campaigns: CampaignService;
  let reviewers: Promise<unknown>;

  const up = async (): Promise<void> => {
    await startServers(home, cleanEnvironment);
    await startWorkers(home, cleanEnvironment);
  };

  beforeAll(async () => {
    await makePhantomCohort({ folder: cohort, preset: 'demo', patients: 6, initial: 2, seed: 5 });
    await up();
    const env = localEnvironment(home, cleanEnvironment);
    temporal = await connectTemporal(env);
    const { s3, apiToken, webPort } = readConfiguration(env);
    store = openObjectStore(s3);
    campaigns = createCampaignService({ client: temporal.client, store });
    await ingestCohortFolder({ client: temporal.client, store }, { dataset: DATASET, folder: cohort, mapping: null });
    reviewers = Promise.all(
      ['simulated-anna', 'simulated-bert'].map((name, seed) =>
        runSimulatedReviewer({
          api: { baseUrl: `http://127.0.0.1:${webPort}`, token: apiToken! },
          dataset: DATASET,
          name,
          skill: SKILL_PRESETS.perfect,
          seed,
          truthOf: unhurried(truthFromFolder(cohort)),
          signal: stopping.signal,
          pollMs: 200,
        }),
      ),
    );
  }, 600_000);

  afterAll(async () => {
    stopping.abort();
    await reviewers?.catch(() => undefined);
    await temporal?.connection.close();
    store?.close();
    await remove();
  }, 180_000);

  it('completes, with no task lost and none doubled', async () => {
    // Few steps: what the network learns does not matter here.
    const policy = { ...DEMO_POLICY, patientsPerRound: 2, budget: { seconds: null, steps: 30 } };
    await campaigns.startRound(DATASET, policy);
    await killInEveryStage();
    const [report] = await untilAnswered(async () => {
      const reports = await campaigns.reports(DATASET);
      return reports.length > 0 ? reports : undefined;
    });
    expect(killed).toEqual(KILLS.map(([stage]) => stage));
    await expectWhole(report!);
  }, 900_000);

  /**
   * Two reviewers are through with all series within seconds, and a query to servers that were just killed may take longer than that:
   * so after three of them they wait, tasks in hand, until somebody was killed meanwhile.
   */
  function unhurried(truthOf: TruthSource): TruthSource {
    const first = new Set<SeriesId>();
    return async (series) => {
      if (killed.includes('segment')) {
        if (first.size < 3) first.add(series);
        while (!first.has(series) && !killed.includes('review') && !stopping.signal.aborted) await sleep(50);
      }
      return truthOf(series);
    };
  }

  /** Watches the round and kills what KILLS says, each once. */
  async function killInEveryStage(): Promise<void> {
    for (const [stage, names] of KILLS) {
      await untilAnswered(async () => {
        const round = await campaigns.round(DATASET);
        return round?.stage === stage && (stage !== 'review' || round.done > 0) ? round : undefined;
      });
      for (const name of names) await kill(name);
      killed.push(stage);
      await up();
    }
  }

  async function kill(name: ServerName | WorkerName): Promise<void> {
    const record = readState(localPaths(home)).processes[name];
    expect(isRunning(record), name).toBe(true);
    process.kill(record!.pid, 'SIGKILL');
    while (isRunning(record)) await sleep(20);
  }

  /** Asks until there is an answer; servers that are away for a moment are no answer. */
  async function untilAnswered<T>(ask: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const answer = await ask().catch(() => undefined);
      if (answer !== undefined) return answer;
      await sleep(50);
    }
  }

  async function expectWhole(report: RoundReport): Promise<void> {
    const records = new DatasetRecords(store, DATASET);
    const { series } = await records.catalog();
    const tasks = await createTaskService({ client: temporal.client, store }).list({ dataset: DATASET });
    // Every task once, of every series that should have one, and each settled by exactly one accepted submission.
    const first = tasks.filter(({ kind }) => kind === 'proposal' || kind === 'misalignment');
    expect(report.reviewed).toBe(first.length);
    expect(new Set(tasks.map(({ task }) => task)).size).toBe(tasks.length);
    const referenced = series.filter(({ reference }) => reference);
    const given = referenced.filter(({ reference }) => reference!.origin === 'given');
    expect(given.map((entry) => entry.sequence)).toEqual(['t2_SPACE', 't2_SPACE']);
    expect(referenced.length - given.length + report.excluded).toBe(first.length);
    const service = createTaskService({ client: temporal.client, store });
    for (const { task } of tasks) {
      const { history } = await service.show(task);
      expect(history.filter(({ event }) => event === 'accepted' || event === 'excluded')).toHaveLength(1);
    }
    // The version holds every reference, and every byte of it is right.
    const version = (await records.mainVersion())!;
    expect(report.version).toBe(version);
    const manifest = await store.getVersion(DATASET, version);
    expect(manifest.series.map((entry) => entry.series)).toEqual(referenced.map((entry) => entry.series));
    const verified = await verifyStored(store, DATASET, version);
    expect(verified.findings).toEqual([]);
    const { models, decisions } = await records.models();
    expect([models.length, decisions.length]).toEqual([1, 1]);
  }
});
