import type { Command } from 'commander';
import type { ModelRow } from '../../client/models.ts';
import { OUTSIDE_ROUNDS } from '../../core/models.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { decimals, short } from '../round-table.ts';

export function register(program: Command, context: CommandContext): void {
  const models = program.command('models').description('the trained models');
  models
    .command('list')
    .description('list the models, and which one serves')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle models list', 'spindle models list --json'))
    .action((options: DatasetChoice) => list(context, options));
  models
    .command('checkout')
    .description("write a model's network, card, weights and curves into a folder")
    .argument('<model>', '"serving", a digest or its beginning')
    .argument('<folder>', 'a new or empty one')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle models checkout serving model/'))
    .action((model: string, folder: string, options: DatasetChoice) => checkout(context, model, folder, options));
  models
    .command('add')
    .description('take in a model that was trained elsewhere')
    .argument('<folder>', 'network, card, weights and curves, as `models checkout` writes them')
    .option('--serve', 'let it serve, if no model does yet: it makes the first proposals and starts the first training')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle models add models/phantom-demo --serve'))
    .addHelpText(
      'after',
      `
Refused when the card is of other bytes, when the network can't be run, and when it has learned from a patient who validates
or is hidden. A model that serves is replaced in a round, by a better one, and not here.`,
    )
    .action((folder: string, options: DatasetChoice & { serve?: boolean }) => add(context, folder, options));
}

async function checkout(context: CommandContext, meant: string, into: string, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { checkoutModel, resolveModel } = await import('../../client/models.ts');
  const store = await context.store();
  const written = await checkoutModel(store, await resolveModel(store, dataset, meant), into);
  context.output.result(written, () =>
    context.output.line(`model ${short(written.model)}: ${written.files.join(', ')} in ${written.folder}`),
  );
}

async function add(
  context: CommandContext,
  folder: string,
  { serve, ...choice }: DatasetChoice & { serve?: boolean },
): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { importModel } = await import('../../client/model-import.ts');
  const added = await importModel(await context.store(), dataset, folder, { serve: serve ?? false });
  const { record, serves, patientsSeen, ownPatientsSeen } = added;
  context.output.result({ dataset, ...added }, () =>
    context.output.line(
      `model ${short(record.model)} is in dataset "${dataset}"${serves ? ' and serves' : ''}; it has learned from ` +
        `${patientsSeen} patients, ${ownPatientsSeen.length === 0 ? 'none' : ownPatientsSeen.length} of them the dataset's`,
    ),
  );
}

async function list(context: CommandContext, choice: DatasetChoice): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, choice);
  const { listModels } = await import('../../client/models.ts');
  const { champion, models } = await listModels(await context.store(), dataset);
  output.result({ dataset, champion, models }, () =>
    output.table<ModelRow>(
      [
        { header: 'MODEL', value: ({ model }) => short(model) },
        { header: 'ROUND', value: ({ round }) => (round === OUTSIDE_ROUNDS ? null : round), align: 'right' },
        { header: 'TRAINER', value: ({ trainer, preset }) => `${trainer}/${preset}` },
        { header: 'TRAINED ON', value: ({ version }) => short(version) },
        {
          header: 'DICE',
          value: ({ evaluations }) => decimals(evaluations.at(-1)?.scores.meanDice, 4),
          align: 'right',
        },
        { header: 'ON', value: ({ evaluations }) => short(evaluations.at(-1)?.version ?? null) },
        { header: 'SERVES', value: ({ serves }) => (serves ? 'yes' : null) },
        { header: 'DECISION', value: ({ decision }) => decision?.reason },
      ],
      models,
    ),
  );
}
