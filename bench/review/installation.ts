import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditLog } from '../../adapters/accounts/audit-log.ts';
import { readConfiguration } from '../../adapters/configuration.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { connectTemporal, type TemporalConnection } from '../../adapters/temporal-connection.ts';
import { Accounts } from '../../client/accounts.ts';
import { SignIn } from '../../client/sign-in.ts';
import { localEnvironment } from '../../infra/local/environment.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { isRunning } from '../../infra/local/process.ts';
import { startServers, stopServers, type ServerName } from '../../infra/local/servers.ts';
import { readState } from '../../infra/local/state.ts';
import { withoutSettings } from '../../infra/local/without-settings.ts';
import { startWorkers, stopWorkers, type WorkerName } from '../../infra/local/workers.ts';

// As infra/local/environment.ts sets it for every process: package.json pins an SDK that Node 20 runs.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** What review needs: no networks, no trainer. */
const WORKERS = ['orchestrate', 'imaging', 'web'] as const satisfies readonly WorkerName[];
const ENVIRONMENT = withoutSettings(process.env, 'TEMPORAL_', 'AWS_', 'SPINDLE_');
/** Accounts of a bench need no protection, and fifty checks at full cost would take half a minute. */
const CHEAP = { cost: 2, blockSize: 1, parallelism: 1 };
const PASSWORD = 'the-bench-signs-in';

/** A Spindle of real processes in a home of its own: Temporal's dev server, S3, the workers and the API. */
export class Installation {
  private readonly home = mkdtempSync(join(tmpdir(), 'spindle-bench-'));
  private temporal: TemporalConnection | undefined;
  private opened: ObjectStore | undefined;

  /** Starts what doesn't run: everything at first, later what was killed. */
  async up(): Promise<void> {
    await startServers(this.home, ENVIRONMENT);
    await startWorkers(this.home, ENVIRONMENT, WORKERS);
    if (this.temporal) return;
    const env = localEnvironment(this.home, ENVIRONMENT);
    this.temporal = await connectTemporal(env);
    this.opened = openObjectStore(readConfiguration(env).s3);
  }

  get client() {
    return this.temporal!.client;
  }

  get store(): ObjectStore {
    return this.opened!;
  }

  /** The root of the API. */
  get address(): string {
    return `http://127.0.0.1:${readState(localPaths(this.home)).ports.web}`;
  }

  /** Makes an account for each name, and gives a token of each. */
  async tokensOf(names: readonly string[]): Promise<string[]> {
    const { apiToken } = readConfiguration(localEnvironment(this.home, ENVIRONMENT));
    const bucket = this.store.bucket;
    const audit = new AuditLog(bucket);
    const accounts = new Accounts({ bucket, audit, cost: CHEAP });
    const signIn = new SignIn({ bucket, audit, accessToken: apiToken!, cost: CHEAP });
    const tokens: string[] = [];
    for (const name of names) {
      await accounts.add(name, 'annotator', PASSWORD, 'bench');
      tokens.push((await signIn.withPassword(name, PASSWORD, 'token', 'bench')).credential);
    }
    return tokens;
  }

  /** Throws when a process has ended by itself: there is nothing to wait for then. */
  checkRunning(): void {
    const { processes } = readState(localPaths(this.home));
    const ended = ['s3', 'temporal', ...WORKERS].filter((name) => !isRunning(processes[name as WorkerName]));
    if (ended.length > 0) throw new Error(`${ended.join(', ')} ended by itself`);
  }

  /** kill -9, and waits until it is gone. */
  async kill(name: ServerName | WorkerName): Promise<void> {
    const record = readState(localPaths(this.home)).processes[name];
    if (!isRunning(record)) throw new Error(`${name} does not run`);
    process.kill(record.pid, 'SIGKILL');
    while (isRunning(record)) await sleep(20);
  }

  /** Stops everything and leaves nothing behind. */
  async remove(): Promise<void> {
    await this.temporal?.connection.close();
    this.opened?.close();
    await stopWorkers(this.home);
    await stopServers(this.home);
    rmSync(this.home, { recursive: true, force: true });
  }
}
