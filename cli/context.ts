import { readConfiguration, type Configuration } from '../adapters/configuration.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import type { TemporalConnection } from '../adapters/temporal-connection.ts';
import type { CampaignService } from '../client/campaigns.ts';
import type { TaskService } from '../client/tasks.ts';
import { localEnvironment, sealedEnvironment } from '../infra/local/environment.ts';
import type { Output } from './output.ts';
import { whoRuns } from './who-runs.ts';

/**
 * What every command is handed. Nothing is opened until a command asks for it, so that `--help` is quick and works without servers;
 * what was opened is closed when the command is over.
 */
export interface CommandContext {
  /** The process's own environment. */
  env: NodeJS.ProcessEnv;
  /** Absolute folder of the local servers' data. */
  home: string;
  output: Output;
  /** The environment completed by the local servers' addresses. Throws ServersDownError when one is needed and isn't up. */
  serverEnvironment(): NodeJS.ProcessEnv;
  /** Throws InvalidInputError, ServersDownError. */
  configuration(): Configuration;
  /** Connects on the first call. Throws TemporalUnreachableError, ServersDownError. */
  temporal(): Promise<TemporalConnection>;
  /** Opens on the first call; no request is made yet. Throws InvalidInputError, ServersDownError. */
  store(): Promise<ObjectStore>;
  /**
   * Opens the sealed bucket of the hidden test; null where the environment names none. Throws SealBrokenError when the ordinary
   * credentials reach into it.
   */
  sealedStore(): Promise<ObjectStore | null>;
  tasks(): Promise<TaskService>;
  campaigns(): Promise<CampaignService>;
  /** Has something done when the command is over, whether it worked or not; the last one first. */
  onClose(close: () => Promise<unknown> | void): void;
  close(): Promise<void>;
}

export function createContext(env: NodeJS.ProcessEnv, home: string, output: Output): CommandContext {
  const closing: (() => Promise<unknown> | void)[] = [];
  const context: CommandContext = {
    env,
    home,
    output,
    serverEnvironment: once(() => localEnvironment(home, env)),
    configuration: once(() => readConfiguration(context.serverEnvironment())),
    temporal: once(async () => {
      // Loaded here: half of the time that `--help` would take.
      const { connectTemporal } = await import('../adapters/temporal-connection.ts');
      const opened = await connectTemporal(context.serverEnvironment());
      context.onClose(() => opened.connection.close());
      return opened;
    }),
    store: once(async () => {
      const { openObjectStore } = await import('../adapters/object-store.ts');
      const opened = openObjectStore(context.configuration().s3);
      context.onClose(() => opened.close());
      return opened;
    }),
    sealedStore: once(async () => {
      const { s3, sealed } = readConfiguration(sealedEnvironment(home, env));
      if (!sealed) return null;
      const { openSealedStore } = await import('../adapters/sealed-store.ts');
      const opened = await openSealedStore(sealed, s3);
      context.onClose(() => opened.close());
      return opened;
    }),
    tasks: once(async () => {
      const [{ createTaskService }, { loggedTasks }, { AuditLog }] = await Promise.all([
        import('../client/temporal-tasks.ts'),
        import('../client/task-log.ts'),
        import('../adapters/accounts/audit-log.ts'),
      ]);
      const store = await context.store();
      const tasks = createTaskService({ client: (await context.temporal()).client, store });
      return loggedTasks(tasks, new AuditLog(store.bucket), whoRuns());
    }),
    campaigns: once(async () => {
      const { createCampaignService } = await import('../client/campaigns.ts');
      return createCampaignService({ client: (await context.temporal()).client, store: await context.store() });
    }),
    onClose: (close) => void closing.push(close),
    async close() {
      for (const close of closing.splice(0).reverse()) await close();
    },
  };
  return context;
}

/** Makes a function that does its work on the first call only and gives the same result ever after. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
