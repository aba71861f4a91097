import { createErratumActivities } from '../activities/erratum.ts';
import { createEvaluateActivities } from '../activities/evaluate.ts';
import { heartbeating } from '../activities/heartbeat.ts';
import { createIngestLedgerActivities } from '../activities/ingest.ts';
import { createLedgerActivities } from '../activities/ledger.ts';
import { createModelRegistryActivities } from '../activities/model-registry.ts';
import { createReproducePlanActivities } from '../activities/reproduce-plan.ts';
import { createReviewLedgerActivities } from '../activities/review-ledger.ts';
import { createVerificationLedgerActivities } from '../activities/verify-versions.ts';
import { ensureSearchAttributes } from '../adapters/search-attributes.ts';
import { connectTemporal } from '../adapters/temporal-connection.ts';
import { QUEUE } from '../core/queues.ts';
import packageJson from '../package.json' with { type: 'json' };
import { runWorker } from './run-worker.ts';
import { BUNDLER_OPTIONS, WORKFLOWS_PATH } from './workflow-code.ts';

/** Workflows, and the activities that only move small JSON. */
const { connection, namespace } = await connectTemporal(process.env);
await ensureSearchAttributes(connection, namespace);
await connection.close();

await runWorker('orchestrate', ({ store }) => ({
  taskQueue: QUEUE.orchestrate,
  workflowsPath: WORKFLOWS_PATH,
  bundlerOptions: BUNDLER_OPTIONS,
  activities: heartbeating({
    ...createLedgerActivities({ store, software: `${packageJson.name} ${packageJson.version}` }),
    ...createModelRegistryActivities({ store }),
    ...createIngestLedgerActivities({ store }),
    ...createReviewLedgerActivities({ store }),
    ...createEvaluateActivities({ store }),
    ...createReproducePlanActivities({ store }),
    ...createVerificationLedgerActivities({ store }),
    ...createErratumActivities({ store }),
  }),
}));
