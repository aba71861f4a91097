import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A real S3 server on a folder of the test's own. */
export interface RunningVersitygw {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The folder that holds the buckets, so that a test can damage what is stored. */
  data: string;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
  /** kill -9, as a power cut would. */
  kill(): Promise<void>;
}

const TOOLS = fileURLToPath(new URL('../../.spindle/tools/bin', import.meta.url));

/** The program: SPINDLE_VERSITYGW, else what set-up built, else PATH. Throws when there is none: no test is skipped for it. */
function program(): string {
  const named = process.env['SPINDLE_VERSITYGW'];
  const folders = [TOOLS, ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean)];
  const candidates = named ? [named] : folders.map((folder) => join(folder, 'versitygw'));
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error('no versitygw to test against: run `npm run setup`');
  return found;
}

/**
 * Starts versitygw on loopback with its data under `dir`. `again` gives the port and keys of an earlier one, to start on the same
 * data after a kill.
 */
export async function startVersitygw(
  dir: string,
  again?: Pick<RunningVersitygw, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>,
): Promise<RunningVersitygw> {
  const data = resolve(dir, 'data');
  const versions = resolve(dir, 'versions');
  for (const folder of [data, versions]) mkdirSync(folder, { recursive: true });
  const port = again ? Number(new URL(again.endpoint).port) : await freePort();
  const accessKeyId = again?.accessKeyId ?? `test${randomBytes(6).toString('hex')}`;
  const secretAccessKey = again?.secretAccessKey ?? randomBytes(16).toString('hex');
  const child = spawn(
    program(),
    ['--port', `127.0.0.1:${port}`, '--quiet', '--health', '/healthz', 'posix', '--versioning-dir', versions, data],
    {
      env: { PATH: process.env['PATH'], ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const endpoint = `http://127.0.0.1:${port}`;
  await ready(child, endpoint, () => output);
  const end = (signal: NodeJS.Signals) => ended(child, signal);
  return { endpoint, accessKeyId, secretAccessKey, data, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

async function ready(child: ChildProcess, endpoint: string, output: () => string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
    if (child.exitCode !== null) throw new Error(`versitygw ended while starting: ${output()}`);
    const answer = await fetch(`${endpoint}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`versitygw was not ready in 30 s: ${output()}`);
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve((address as { port: number }).port));
    });
  });
}
