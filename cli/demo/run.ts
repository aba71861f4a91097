import { join } from 'node:path';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { ReviewRecords } from '../../adapters/review-records.ts';
import { writeJson } from '../../adapters/training-set.ts';
import { ingestCohortFolder } from '../../client/cohort-ingest.ts';
import { biasReport } from '../../core/bias-report.ts';
import type { RoundReport } from '../../core/loop.ts';
import { auditReport } from '../../core/mask-audit.ts';
import { serversNeeded } from '../../infra/local/environment.ts';
import { startServers, stopServers } from '../../infra/local/servers.ts';
import { startWorkers, stopWorkers, WORKER_NAMES } from '../../infra/local/workers.ts';
import type { DemoOptions } from '../commands/demo.ts';
import type { CommandContext } from '../context.ts';
import { givenCohort, phantomCohort, type DemoCohort } from './cohort.ts';
import { serveKeptModel } from './first-model.ts';
import { followCampaign } from './follow.ts';
import { demoRound, improved, machine, scoreProposals, type DemoReport, type DemoRound } from './report.ts';
import { printFindings } from '../review-tables.ts';
import { REVIEWERS_STATEMENT, startReviewers } from './reviewers.ts';
import { printRound, printSummary } from './tables.ts';
import { stayUp } from './stay-up.ts';

/** A round's training where it goes on from a model that finds nearly everything: a first one of its own would need longer. */
const FURTHER_TRAINING = { seconds: 60, steps: null };

/** Runs the demo from servers to report; stays up until Ctrl-C unless asked to exit. */
export async function runDemo(context: CommandContext, options: DemoOptions): Promise<void> {
  const interrupt = interrupted();
  try {
    await Promise.race([interrupt.promise, demo(context, options, interrupt.signal)]);
  } finally {
    await stopEverything(context);
  }
  // What was under way in this process waits on servers that are gone now.
  if (interrupt.signal.aborted) process.exit();
}

async function demo(context: CommandContext, options: DemoOptions, stop: AbortSignal): Promise<void> {
  const begun = Date.now();
  const { home, output } = context;
  const { cohort: folder, mapping } = options;
  const cohort = folder === undefined ? await phantomCohort(home, output) : await givenCohort(folder, mapping);
  output.note(cohort.description);
  await startEverything(context);
  const report = await runRounds(context, cohort, begun);
  const file = join(home, 'demo', 'report.json');
  await writeJson(file, report);
  output.result(report, () => {
    printSummary(output, report.rounds);
    printFindings(output, report);
    output.line(`\n${report.stop ?? 'ended'}; ${report.wallSeconds.toFixed(0)} s in all; the figures are in ${file}`);
  });
  if (!options.exit) await stayUp(context, cohort, stop);
}

/** Ctrl-C and the like, instead of ending the process on the spot. */
function interrupted(): { promise: Promise<void>; signal: AbortSignal } {
  const controller = new AbortController();
  const promise = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        controller.abort();
        resolve();
      });
    }
  });
  return { promise, signal: controller.signal };
}

async function stopEverything(context: CommandContext): Promise<void> {
  const { home, env, output } = context;
  output.note('stopping the workers and the servers');
  await stopWorkers(home);
  if (serversNeeded(env).length > 0) await stopServers(home);
}

async function startEverything({ home, env, output }: CommandContext): Promise<void> {
  const servers = serversNeeded(env);
  if (servers.length > 0) output.note(`starting ${servers.join(' and ')}`);
  await startServers(home, env, servers);
  output.note(`starting the workers: ${WORKER_NAMES.join(', ')}`);
  await startWorkers(home, env);
}

async function runRounds(context: CommandContext, cohort: DemoCohort, begun: number): Promise<DemoReport> {
  const { output } = context;
  const { dataset, truthOf, policy } = cohort;
  await ingest(context, cohort);
  const campaigns = await context.campaigns();
  const state = await campaigns.state(dataset);
  const rounds: DemoRound[] = [];
  if (state?.status !== 'finished' && state !== null) output.note(`going on with round ${state.round}`);
  const firstModel = state === null ? await serveKeptModel(await context.store(), dataset, output) : null;
  if (state === null) await campaigns.start(dataset, firstModel ? { ...policy, budget: FURTHER_TRAINING } : policy);

  const deps = { tasks: await context.tasks(), store: await context.store() };
  const reviewers = startReviewers(apiOf(context), dataset, truthOf);
  const onReport = async (report: RoundReport) => {
    if (report.round > policy.maxRounds) return; // a round that was left for people
    const scores = await scoreProposals(deps, dataset, report.round, truthOf);
    const round = demoRound(report, scores);
    rounds.push(round);
    printRound(output, round);
  };
  const following = new AbortController();
  const followed = followCampaign(campaigns, dataset, output, onReport, following.signal);
  const ended = await Promise.race([reviewers.broke, followed]).finally(async () => {
    following.abort();
    await followed.catch(() => undefined);
  });
  await reviewers.stop();
  return {
    schema: 'spindle.demo-report/1',
    cohort: cohort.description,
    reviewers: REVIEWERS_STATEMENT,
    firstModel,
    machine: machine(),
    rounds,
    proposalsImproved: improved(rounds),
    ...(await findings(await context.store(), dataset)),
    stop: ended.stop,
    wallSeconds: (Date.now() - begun) / 1000,
  };
}

/** Of all rounds together. */
async function findings(store: ObjectStore, dataset: string): Promise<Pick<DemoReport, 'bias' | 'audits'>> {
  const records = new ReviewRecords(store, dataset);
  return {
    bias: biasReport(await records.controls(), { dataset }),
    audits: auditReport(await records.audits(), { dataset }),
  };
}

async function ingest(context: CommandContext, { dataset, folder, mapping }: DemoCohort): Promise<void> {
  const { output } = context;
  const { client } = await context.temporal();
  const { summary, series } = await ingestCohortFolder(
    { client, store: await context.store() },
    { dataset, folder, mapping },
  );
  const { added, unchanged, masks, refused } = summary;
  output.note(
    `ingest: ${series} series, ${added} taken in, ${unchanged} there already, ${masks} with a reference, ${refused.length} refused`,
  );
  for (const { file, field, expected, got } of refused) {
    output.note(`refused ${file}: ${field}: expected ${expected}, got ${got}`);
  }
}

/** Where the HTTP API is, as every client is told. */
function apiOf(context: CommandContext): { baseUrl: string; token: string } {
  const { webPort, apiToken: token } = context.configuration();
  if (webPort === undefined || token === undefined) throw new Error('the HTTP API has no address: is `web` up?');
  return { baseUrl: `http://127.0.0.1:${webPort}`, token };
}
