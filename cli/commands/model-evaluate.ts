import type { Command } from 'commander';
import { DEFAULT_POLICY } from '../../client/policies.ts';
import { commandGroup } from '../command-group.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { noteMissingWorkers } from '../missing-workers.ts';
import { printScores } from '../score-lines.ts';
import { VERSION } from '../version-argument.ts';
import { watchResult } from '../watch-result.ts';

interface EvaluateOptions extends DatasetChoice {
  version: string;
}

/** Adds `evaluate` to `spindle models`. */
export function register(program: Command, context: CommandContext): void {
  commandGroup(program, 'models')
    .command('evaluate')
    .description('score a model on the validation patients of a version')
    .argument('<model>', '"serving", a digest or its beginning')
    .option('--version <version>', VERSION, 'main')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle models evaluate serving', 'spindle models evaluate 3f9a --version v1.0'))
    .addHelpText('after', '\nRefused, with exit code 4, when the model has seen one of them under any study number.')
    .action((model: string, options: EvaluateOptions) => evaluate(context, model, options));
}

async function evaluate(context: CommandContext, meant: string, options: EvaluateOptions): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const { resolveModel } = await import('../../client/models.ts');
  const { resolveVersion } = await import('../../client/versions.ts');
  const { evaluateOnVersion } = await import('../../client/model-evaluation.ts');
  const store = await context.store();
  const model = await resolveModel(store, dataset, meant);
  const version = await resolveVersion(store, dataset, options.version);
  const { client } = await context.temporal();
  const request = { dataset, version, model, window: DEFAULT_POLICY.segmentWindow };
  await noteMissingWorkers(context, ['orchestrate', 'imaging', 'inference']);
  const result = evaluateOnVersion({ client, store }, request);
  const evaluation = await watchResult(output, result, async (progress) => progress.show('evaluating', 0, 1));
  output.result({ dataset, ...evaluation }, () => printScores(output, evaluation));
}
