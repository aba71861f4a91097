import type { Command } from 'commander';
import { stopServers } from '../../infra/local/servers.ts';
import { stopWorkers } from '../../infra/local/workers.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';

export function register(program: Command, context: CommandContext): void {
  program
    .command('down')
    .description('stop the workers and the local servers; data stays')
    .option('--keep-servers', 'stop the workers only')
    .addHelpText('after', examples('spindle down', 'spindle down --keep-servers'))
    .addHelpText(
      'after',
      '\nWorkers finish or hand back what they are at; rounds under way go on where they were after the next `spindle up`.',
    )
    .action((options: { keepServers?: boolean }) => down(context, options.keepServers ?? false));
}

async function down({ home, output }: CommandContext, keepServers: boolean): Promise<void> {
  const workers = await stopWorkers(home);
  const servers = keepServers ? [] : await stopServers(home);
  const stopped = [...workers, ...servers];
  output.result({ stopped }, () =>
    output.line(stopped.length > 0 ? `stopped ${stopped.join(', ')}` : 'nothing was running'),
  );
}
