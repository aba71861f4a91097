import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { concurrently } from '../../client/concurrently.ts';
import { publishFolder } from '../../client/publish-folder.ts';
import { verifyStored } from '../../client/verify-version.ts';
import { VERIFICATIONS, type VerificationLog } from '../../core/verification.ts';
import { printComparisons, type Comparison } from '../support/report.ts';
import { changeMasks, DATASET } from './bench-dataset.ts';
import { withoutFiles, type DvcRepository } from './dvc.ts';

export interface Bench {
  store: ObjectStore;
  /** A checkout of the newest version. */
  folder: string;
  root: string;
  dvc: DvcRepository;
  env: NodeJS.ProcessEnv;
}

/** Each takes its turn so often, and its shortest time counts: a busy moment of the machine doesn't fall on one alone. */
const ROUNDS = 3;
/** More of them: a process that has published before does it in half the time, one that just starts never does. */
const PUBLICATIONS = 6;
const SPINDLE = join(import.meta.dirname, '../../cli/spindle.mjs');

export async function measureVersions(bench: Bench): Promise<void> {
  const comparisons = [...(await publishing(bench)), ...(await checkingOut(bench)), ...(await verifying(bench))];
  printComparisons('Versions, beside DVC on the same files and the same S3 server', comparisons);
}

async function publishing({ store, folder, dvc, env }: Bench): Promise<Comparison[]> {
  const [peer, command, call] = [shortest(), shortest(), shortest()];
  for (let turn = 0; turn < PUBLICATIONS; turn++) {
    await changeMasks(join(dvc.data, '..', 'data'), turn);
    peer.add(dvc.run('add', 'data') + dvc.run('push'));
    await changeMasks(folder, 2 * turn);
    const before = await keysOf(store);
    command.add(timed(() => spindle(env, 'versions', 'publish', folder, '--reviewer', 'bench', '--dataset', DATASET)));
    if (turn === 0) printWritten(before, await keysOf(store));
    await changeMasks(folder, 2 * turn + 1);
    call.add(await timedAsync(() => publishFolder(store, { dataset: DATASET, folder, reviewer: 'bench', minutes: 1 })));
  }
  const row = (what: string, own: number): Comparison => ({
    what,
    peer: 'dvc add && dvc push',
    peerMs: peer.ms(),
    ownMs: own,
    target: 10,
  });
  return [
    row('publish 10 changed masks, as commands', command.ms()),
    row('the same in a process that has done it before', call.ms()),
  ];
}

function printWritten(before: ReadonlySet<string>, after: ReadonlySet<string>): void {
  const written = [...after].filter((key) => !before.has(key));
  const verdict = written.length <= 12 ? 'met' : 'NOT MET';
  console.log(
    `objects written by publishing 10 changed masks: ${written.length}, goal ≤ 12 ${verdict} (and 2 refs moved)`,
  );
}

async function checkingOut({ store, folder, root, dvc, env }: Bench): Promise<Comparison[]> {
  const [copied, linked, pulled, warm, called, cold] = [
    shortest(),
    shortest(),
    shortest(),
    shortest(),
    shortest(),
    shortest(),
  ];
  const into = join(root, 'warm');
  const fresh = () => rmSync(into, { recursive: true, force: true });
  const version = (await new DatasetRecords(store, DATASET).mainVersion())!;
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (const [type, times] of [
      ['copy', copied],
      ['hardlink', linked],
    ] as const) {
      dvc.run('config', 'cache.type', type);
      withoutFiles(dvc, false);
      times.add(dvc.run('checkout'));
    }
    dvc.run('config', 'cache.type', 'copy');
    withoutFiles(dvc, true);
    pulled.add(dvc.run('pull'));
    fresh();
    warm.add(timed(() => spindle(env, 'versions', 'checkout', 'main', into, '--link-from', folder, '-d', DATASET)));
    fresh();
    called.add(await timedAsync(() => checkoutVersion(store, DATASET, version, into, () => {}, { linkFrom: folder })));
    fresh();
    cold.add(timed(() => spindle(env, 'versions', 'checkout', 'main', into, '-d', DATASET)));
  }
  fresh();
  const row = (what: string, peer: string, peerMs: number, ownMs: number, target: number): Comparison => ({
    what,
    peer,
    peerMs,
    ownMs,
    target,
  });
  return [
    row('checkout, linked to an earlier one', 'dvc checkout (as it comes: copies)', copied.ms(), warm.ms(), 3),
    row('the same', 'dvc checkout (hard links)', linked.ms(), warm.ms(), 3),
    row('the same', 'dvc pull', pulled.ms(), warm.ms(), 3),
    row('the same in a process', 'dvc checkout (as it comes: copies)', copied.ms(), called.ms(), 3),
    row('checkout from S3', 'dvc pull', pulled.ms(), cold.ms(), 1),
  ];
}

async function verifying({ store }: Bench): Promise<Comparison[]> {
  const version = (await new DatasetRecords(store, DATASET).mainVersion())!;
  const { series } = await store.getVersion(DATASET, version);
  const digests = series.flatMap(({ image, reference }) => [image.digest, reference.mask.digest]);
  const [raw, first, again] = [shortest(), shortest(), shortest()];
  first.add(await timedAsync(() => verifyStored(store, DATASET, version)));
  const now = new Date().toISOString();
  const clean = {
    started: now,
    ended: now,
    versions: [version],
    checked: 0,
    bytes: 0,
    findings: [],
    findingsLeftOut: 0,
  };
  // As a nightly verification leaves it.
  await store.writeRef(DATASET, VERIFICATIONS, { verifications: [clean] } satisfies VerificationLog, null);
  for (let turn = 0; turn < ROUNDS; turn++) {
    raw.add(
      await timedAsync(() =>
        concurrently(digests, 4, async (digest) => void (await store.bucket.read(`objects/${digest}`))),
      ),
    );
    again.add(await timedAsync(() => verifyStored(store, DATASET, version)));
  }
  const peer = 'reading the same bytes from S3';
  const target = Number((1 / 1.3).toFixed(2));
  return [
    { what: 'verify after a nightly verification', peer, peerMs: raw.ms(), ownMs: again.ms(), target },
    { what: 'verify for the first time: voxels, too', peer, peerMs: raw.ms(), ownMs: first.ms(), target },
  ];
}

function spindle(env: NodeJS.ProcessEnv, ...args: string[]): void {
  execFileSync(process.execPath, [SPINDLE, ...args, '--json'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function keysOf(store: ObjectStore): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { key } of store.bucket.list('')) keys.add(key);
  return keys;
}

function shortest(): { add(ms: number): void; ms(): number } {
  const times: number[] = [];
  return { add: (ms) => void times.push(ms), ms: () => Math.min(...times) };
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
