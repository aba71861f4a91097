import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { audit } from './review/audit.ts';
import { killInTurn } from './review/chaos.ts';
import { Installation } from './review/installation.ts';
import { openTasks } from './review/open-tasks.ts';
import { printFigures } from './review/figures.ts';
import { Reviewer } from './review/reviewer.ts';
import { rawVisibility } from './review/yardstick.ts';
import { printMachine } from './support/report.ts';

/**
 * npm run bench:review [-- --tasks <n>] [--reviewers <n>] [--seconds <n>] [--think <seconds>] [--chaos]: people at once on one installation of
 * real processes with many open tasks; each looks at the queue and at a task for --think seconds on average, so by default gives a verdict a minute.
 * Exits 1 when a task went to two people, an accepted verdict was lost, or 200 ms were missed.
 */
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '10000' },
    reviewers: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '180' },
    think: { type: 'string', default: '30' },
    chaos: { type: 'boolean', default: false },
  },
});
const [count, people, seconds, thinkSeconds] = [values.tasks, values.reviewers, values.seconds, values.think].map(
  positive,
);

const installation = new Installation();
let interrupted = false;
process.once('SIGINT', () => {
  interrupted = true;
  process.exitCode = 130;
});
try {
  await run();
} finally {
  await installation.remove();
}

async function run(): Promise<void> {
  printMachine();
  await installation.up();
  const start = performance.now();
  await openTasks(installation.client, installation.store, count!, {
    tell: (done) => process.stderr.write(`opening tasks: ${done} of ${count}\n`),
    check: () => {
      if (interrupted) throw new Error('interrupted');
      installation.checkRunning();
    },
  });
  const openedSeconds = (performance.now() - start) / 1000;
  console.log(
    `${count} tasks opened in ${openedSeconds.toFixed(0)} s (${(count! / openedSeconds).toFixed(0)} a second)`,
  );

  const reviewers = await signedIn();
  console.log(
    `the first to look at the queue after the API has started waited ${(await firstLook(reviewers[0]!)).toFixed(1)} s`,
  );
  let over = false;
  const ended = () => over || interrupted;
  const yardstick = rawVisibility(installation.client, ended);
  const working = Promise.all(reviewers.map((reviewer) => reviewer.work(ended)));
  const began = performance.now();
  const killed = values.chaos ? await Promise.race([killInTurn(installation, 5000), failed(working)]) : [];
  if (!values.chaos) await Promise.race([sleep(seconds! * 1000), failed(working)]);
  over = true;
  await working;
  const workedSeconds = (performance.now() - began) / 1000;

  if (killed.length > 0) console.log(`killed (kill -9) and started again meanwhile: ${killed.join(', ')}`);
  const audited = await audit(installation, reviewers);
  const held = printFigures({ reviewers, yardstickMs: await yardstick, workedSeconds, audited, timed: !values.chaos });
  if (!held) process.exitCode = 1;
}

async function signedIn(): Promise<Reviewer[]> {
  const names = Array.from({ length: people! }, (_, n) => `reviewer${n + 1}`);
  const tokens = await installation.tokensOf(names);
  return names.map((name, n) => {
    const settings = { address: () => installation.address, name, token: tokens[n]! };
    return new Reviewer({ ...settings, thinkMs: thinkSeconds! * 1000, random: numbersFrom(n + 1) });
  });
}

/** Seconds until the API has read the whole list, once. */
async function firstLook(reviewer: Reviewer): Promise<number> {
  const start = performance.now();
  await reviewer.look();
  reviewer.tookMs.queue.length = 0;
  return (performance.now() - start) / 1000;
}

/** Only ever fails: when a reviewer can't go on, there is nothing to wait for. */
function failed(working: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => void working.catch(reject));
}

function numbersFrom(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`expected a number above 0, got ${text}`);
  return value;
}
