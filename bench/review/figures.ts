import { loadavg } from 'node:os';
import type { Audit } from './audit.ts';
import { REQUESTS, type Reviewer } from './reviewer.ts';

/** What queue and claim may take, at the 95th percentile. */
const TARGET_MS = 200;
const TARGETED = ['queue', 'claim'];

export interface Figures {
  reviewers: readonly Reviewer[];
  yardstickMs: readonly number[];
  workedSeconds: number;
  audited: Audit;
  /** False under chaos, where waiting is the point. */
  timed: boolean;
}

/** Prints the table; tells whether everything held that must. */
export function printFigures({ reviewers, yardstickMs, workedSeconds, audited, timed }: Figures): boolean {
  const yardstick = percentile(yardstickMs, 0.95);
  console.log(`\n${reviewers.length} reviewers for ${workedSeconds.toFixed(0)} s; load ${loadavg()[0]!.toFixed(1)}`);
  console.log(
    `${'request'.padEnd(34)}${'times'.padStart(8)}${'p50 ms'.padStart(9)}${'p95 ms'.padStart(9)}${'max ms'.padStart(9)}  p95 ÷ raw`,
  );
  row('raw visibility query, 100 rows', yardstickMs, yardstick);
  let held = audited.findings.length === 0;
  for (const request of REQUESTS) {
    const tookMs = reviewers.flatMap((reviewer) => reviewer.tookMs[request]);
    const met = !timed || !TARGETED.includes(request) || percentile(tookMs, 0.95) < TARGET_MS;
    row(
      request,
      tookMs,
      yardstick,
      TARGETED.includes(request) && timed ? `  < ${TARGET_MS} ms ${met ? 'met' : 'NOT MET'}` : '',
    );
    held &&= met;
  }
  const sum = (count: (reviewer: Reviewer) => number) =>
    reviewers.reduce((total, reviewer) => total + count(reviewer), 0);
  console.log(
    `\n${audited.tasks} tasks given out, ${sum(({ accepted }) => accepted.size)} verdicts accepted, ${sum(({ conflicts }) => conflicts)} claims that somebody else was faster with, ${sum(({ repeated }) => repeated)} requests sent again`,
  );
  for (const finding of audited.findings) console.log(`WRONG: ${finding}`);
  if (audited.findings.length === 0)
    console.log('no task was given to two people; every accepted verdict stands, once, with its mask');
  return held;
}

function row(what: string, tookMs: readonly number[], yardstick: number, note = ''): void {
  const ms = (share: number) => percentile(tookMs, share).toFixed(0).padStart(9);
  const ratio = (percentile(tookMs, 0.95) / yardstick).toFixed(2).padStart(9);
  console.log(`${what.padEnd(34)}${String(tookMs.length).padStart(8)}${ms(0.5)}${ms(0.95)}${ms(1)}  ${ratio}${note}`);
}

/** The value that so large a share lies at or below; NaN of none. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
