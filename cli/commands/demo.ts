import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';

export interface DemoOptions {
  exit?: boolean;
  cohort?: string;
  mapping?: string;
}

export function register(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('run three curation rounds on a phantom cohort, with simulated reviewers, and keep everything running')
    .option('--exit', 'stop everything after the last round')
    .option('--cohort <folder>', "a folder of real files instead: SPIDER's layout, or files that a mapping describes")
    .option('--mapping <file>', 'what the files of --cohort are')
    .addHelpText('after', examples('spindle demo', 'spindle demo --exit', 'spindle demo --cohort spider/ --exit'))
    .addHelpText(
      'after',
      `
Starts the local servers and the workers, takes the cohort in, runs the rounds and prints a table for each; the figures go to
demo/report.json in SPINDLE_HOME. An interrupted demo goes on where it was; one that has ended shows its tables again.`,
    )
    .action(async (options: DemoOptions) => {
      // Loaded here: it brings in what only the demo needs.
      const { runDemo } = await import('../demo/run.ts');
      await runDemo(context, options);
    });
}
