import type { Command } from 'commander';
import { serversNeeded } from '../../infra/local/environment.ts';
import { signInAddress } from '../../infra/local/sign-in.ts';
import { serverStatus } from '../../infra/local/servers.ts';
import { workerStatus } from '../../infra/local/workers.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';

export interface StatusRow {
  name: string;
  kind: 'server' | 'worker';
  state: 'running' | 'stopped' | 'elsewhere';
  pid: number | null;
  /** Where clients reach it; for Temporal and the HTTP API the page to open is `page`, which signs in to the review page. */
  address: string | null;
  page: string | null;
}

export function register(program: Command, { env, home, output }: CommandContext): void {
  program
    .command('status')
    .description('show which servers and workers run, and their addresses')
    .addHelpText('after', examples('spindle status', 'spindle status --json'))
    .addHelpText('after', '\nA server that the environment names instead of the local one is shown as "elsewhere".')
    .action(() => {
      const report = statusReport(home, env);
      output.result(report, () => printStatus(output, report));
    });
}

/** The state of everything that `spindle up` starts. */
export function statusReport(home: string, env: NodeJS.ProcessEnv): { home: string; processes: StatusRow[] } {
  const needed = serversNeeded(env);
  const servers = serverStatus(home).map(({ name, running, pid, address, page }): StatusRow => {
    if (!needed.includes(name))
      return { name, kind: 'server', state: 'elsewhere', pid: null, address: null, page: null };
    return { name, kind: 'server', state: running ? 'running' : 'stopped', pid, address, page };
  });
  const workers = workerStatus(home).map(({ name, running, pid, page }): StatusRow => ({
    name,
    kind: 'worker',
    state: running ? 'running' : 'stopped',
    pid,
    address: null,
    page: name === 'web' ? signInAddress(home, env) : page,
  }));
  return { home, processes: [...servers, ...workers] };
}

export function printStatus(output: Output, { processes }: { processes: readonly StatusRow[] }): void {
  output.table<StatusRow>(
    [
      { header: 'NAME', value: ({ name }) => name },
      { header: 'KIND', value: ({ kind }) => kind },
      { header: 'STATE', value: ({ state }) => state },
      { header: 'PID', value: ({ pid }) => pid, align: 'right' },
      { header: 'ADDRESS', value: ({ address }) => address },
      { header: 'PAGE', value: ({ page }) => page },
    ],
    processes,
  );
}
