import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../adapters/configuration.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { connectTemporal, type TemporalConnection } from '../../adapters/temporal-connection.ts';
import { createCampaignService, type CampaignService } from '../../client/campaigns.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { ingestCohortFolder } from '../../client/cohort-ingest.ts';
import { DEMO_POLICY } from '../../client/policies.ts';
import { verifyFolder } from '../../client/verify-version.ts';
import { listVersions } from '../../client/versions.ts';
import { localEnvironment } from '../../infra/local/environment.ts';
import { repositoryRoot } from '../../infra/local/paths.ts';
import { startServers } from '../../infra/local/servers.ts';
import { startWorkers } from '../../infra/local/workers.ts';
import { runSimulatedReviewer } from '../../infra/simulated-reviewer/reviewer.ts';
import { SKILL_PRESETS } from '../../infra/simulated-reviewer/skill.ts';
import { truthFromMapping } from '../../infra/simulated-reviewer/truth.ts';
import { cleanEnvironment, temporaryHome } from '../infra/local-home.ts';

const FOLDER = process.env['SPINDLE_REAL_DATA']!;
const MAPPING = join(repositoryRoot, 'infra/cohorts/lumbar-real.json');
const DATASET = 'real';

/** The whole loop on real volumes: four series of four patients, of whom one comes with its mask. */
describe('the loop on real files', () => {
  const { home, remove } = temporaryHome();
  const stopping = new AbortController();
  let temporal: TemporalConnection;
  let store: ObjectStore;
  let campaigns: CampaignService;
  let reviewer: Promise<unknown>;

  beforeAll(async () => {
    await startServers(home, cleanEnvironment);
    await startWorkers(home, cleanEnvironment);
    const env = localEnvironment(home, cleanEnvironment);
    temporal = await connectTemporal(env);
    const { s3, apiToken, webPort } = readConfiguration(env);
    store = openObjectStore(s3);
    campaigns = createCampaignService({ client: temporal.client, store });
    reviewer = runSimulatedReviewer({
      api: { baseUrl: `http://127.0.0.1:${webPort}`, token: apiToken! },
      dataset: DATASET,
      name: 'simulated-anna',
      skill: SKILL_PRESETS.typical,
      seed: 1,
      truthOf: await truthFromMapping(MAPPING, FOLDER),
      signal: stopping.signal,
    });
  });
  afterAll(async () => {
    stopping.abort();
    await reviewer?.catch(() => undefined);
    await temporal?.connection.close();
    store?.close();
    await remove();
  });

  it('takes them in, trains, proposes, is corrected, and publishes versions that check out', async () => {
    const { summary } = await ingestCohortFolder(
      { client: temporal.client, store },
      { dataset: DATASET, folder: FOLDER, mapping: MAPPING },
    );
    expect(summary).toEqual({ added: 4, unchanged: 0, masks: 1, refused: [] });

    // Few steps: it is about the loop; how poor the masks then are stands in the reports.
    const budget = { seconds: null, steps: 40 };
    await campaigns.start(DATASET, { ...DEMO_POLICY, patientsPerRound: 2, budget });
    while ((await campaigns.state(DATASET).catch(() => null))?.status !== 'finished') await sleep(500);
    const reports = await campaigns.reports(DATASET);
    console.log(
      `Real files: proposals' mean Dice against the references by round: ` +
        reports.map(({ proposalScores }) => proposalScores?.meanDice?.toFixed(3) ?? '–').join(', '),
    );
    expect(reports.map(({ segmented, reviewed, remaining }) => [segmented, reviewed, remaining])).toEqual([
      [2, 2, 1],
      [1, 1, 0],
    ]);

    const versions = await listVersions(store, DATASET);
    expect(versions.length).toBeGreaterThanOrEqual(2);
    for (const [at, { version }] of versions.slice(0, 2).entries()) {
      const into = join(home, `checkout-${at}`);
      await checkoutVersion(store, DATASET, version, into);
      expect((await verifyFolder(into)).findings).toEqual([]);
    }
    // Where only discs were annotated, only discs became the reference.
    const { series } = await store.getVersion(DATASET, versions[0]!.version);
    const discs = series.find((entry) => entry.series === '9011_t2')!.reference;
    expect(discs.annotatedClasses).toEqual(['disc']);
    expect(discs.labels).toEqual([201, 202, 203, 204, 205]);
  });
});
