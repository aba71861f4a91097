import { InvalidArgumentError, type Command } from 'commander';
import { serversNeeded } from '../../infra/local/environment.ts';
import { startServers } from '../../infra/local/servers.ts';
import { startWorkers, WORKER_NAMES, type WorkerName } from '../../infra/local/workers.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { printStatus, statusReport } from './status.ts';

interface UpOptions {
  workers: readonly WorkerName[] | boolean;
}

export function register(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('start the local servers and the workers, and leave them running')
    .option('--workers <names>', `only these workers, separated by commas: ${WORKER_NAMES.join(', ')}`, workerNames)
    .option('--no-workers', 'servers only')
    .addHelpText('after', examples('spindle up', 'spindle up --workers imaging,inference', 'spindle up --no-workers'))
    .addHelpText(
      'after',
      `
What runs already is left alone; what was killed comes back with its data. A server that the environment names is used
instead of a local one: Temporal by TEMPORAL_ADDRESS, TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE, S3 by AWS_ENDPOINT_URL_S3
or SPINDLE_BUCKET. Data, logs and ports are kept in SPINDLE_HOME (.spindle by default).`,
    )
    .action((options: UpOptions) => up(context, options));
}

async function up({ env, home, output }: CommandContext, { workers = true }: UpOptions): Promise<void> {
  const servers = serversNeeded(env);
  if (servers.length > 0) output.note(`starting ${servers.join(' and ')}`);
  await startServers(home, env, servers);
  const names = workers === true ? WORKER_NAMES : workers || [];
  if (names.length > 0) {
    output.note(`starting the workers: ${names.join(', ')}`);
    await startWorkers(home, env, names);
  }
  const report = statusReport(home, env);
  output.result(report, () => printStatus(output, report));
}

function workerNames(text: string): WorkerName[] {
  return text.split(',').map((name) => {
    const known = WORKER_NAMES.find((worker) => worker === name.trim());
    if (known) return known;
    throw new InvalidArgumentError(`expected some of ${WORKER_NAMES.join(', ')}; got "${name}".`);
  });
}
