import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { DEFAULT_POLICY } from '../../client/policies.ts';
import { Preset } from '../../core/trainer-contract.ts';
import { numberWithin, oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { noteMissingWorkers, ROUND_QUEUES } from '../missing-workers.ts';
import type { Output } from '../output.ts';
import { printScores } from '../score-lines.ts';
import { VERSION } from '../version-argument.ts';
import { watchResult } from '../watch-result.ts';

interface TrainOptions extends DatasetChoice {
  version: string;
  trainer: string;
  preset: Preset;
  seconds?: number;
  steps?: number;
  seed: number;
  detach?: boolean;
}

export function register(program: Command, context: CommandContext): void {
  const { trainer, preset, budget, seed } = DEFAULT_POLICY;
  program
    .command('train')
    .description('train a model on a published version, outside the rounds, and evaluate it')
    .option('--version <version>', VERSION, 'main')
    .option('--trainer <name>', 'the trainer', trainer)
    .option('--preset <name>', `its size: ${Preset.options.join(', ')}`, oneOf(Preset.options), preset)
    .option(
      '--seconds <n>',
      `seconds of training (${budget.seconds} unless --steps is given)`,
      numberWithin(0.001, 1e7),
    )
    .option('--steps <n>', 'training steps', wholeNumber(1))
    .option('--seed <n>', 'the seed of training', wholeNumber(0), seed)
    .option('--detach', 'start it and return')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples('spindle train --preset compact --steps 2000', 'spindle train --version 3f9a --trainer iis --detach'),
    )
    .addHelpText(
      'after',
      [
        '',
        'The training worker does the work; Ctrl-C ends the watching, not the training, and the same command watches it again.',
        'The model is evaluated on the validation patients of the version. It does not serve: only rounds decide about that.',
      ].join('\n'),
    )
    .action((options: TrainOptions) => train(context, options));
}

async function train(context: CommandContext, options: TrainOptions): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const [{ resolveVersion }, { startTraining, trainingResult }] = await Promise.all([
    import('../../client/versions.ts'),
    import('../../client/trainings.ts'),
  ]);
  const version = await resolveVersion(await context.store(), dataset, options.version);
  const { trainer, preset, seed, steps } = options;
  // Steps alone mean: as long as they take.
  const seconds = options.seconds ?? (steps === undefined ? DEFAULT_POLICY.budget.seconds : null);
  const policy = { trainer, preset, seed, budget: { seconds, steps: steps ?? null } };
  const { client } = await context.temporal();
  await noteMissingWorkers(context, ROUND_QUEUES);
  const started = await startTraining(client, { dataset, version, policy, window: DEFAULT_POLICY.segmentWindow });
  if (options.detach) {
    output.result({ dataset, version, ...started }, () => output.line(`${started.workflow} is under way`));
    return;
  }
  if (started.joined) output.note(`${started.workflow} is under way already: watching it`);
  const { model, evaluation } = await watched(
    client,
    started.workflow,
    output,
    trainingResult(client, started.workflow),
  );
  output.result({ dataset, version, model, evaluation }, () => printScores(output, evaluation));
}

/** Shows how far the training is until the result is there. */
async function watched<T>(client: Client, workflow: string, output: Output, result: Promise<T>): Promise<T> {
  const { trainingStage } = await import('../../client/trainings.ts');
  let begun = false;
  return watchResult(output, result, async (progress) => {
    const now = await trainingStage(client, workflow).catch(() => null);
    begun ||= now !== null && now.stage !== 'waiting';
    if (!begun) progress.show('waiting for a training worker', 0, 1);
    if (now?.stage === 'training') progress.show('training', Math.floor(now.fraction * 100), 100, `step ${now.step}`);
    if (now?.stage === 'evaluating') progress.show('evaluating', 0, 1);
  });
}
