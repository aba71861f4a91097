import { Option } from 'commander';
import { NotFoundError } from '../client/errors.ts';
import { DatasetName } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { checkedBy } from './arguments.ts';
import type { CommandContext } from './context.ts';

export interface DatasetChoice {
  dataset?: DatasetName;
}

export function datasetOption(): Option {
  return new Option('-d, --dataset <name>', 'the dataset; need not be said when there is only one').argParser(
    checkedBy(DatasetName),
  );
}

/** The dataset that was named, or the only one. Throws NotFoundError when there is none, InvalidInputError when there are several. */
export async function chosenDataset(context: CommandContext, { dataset }: DatasetChoice): Promise<DatasetName> {
  if (dataset !== undefined) return dataset;
  const known = await (await context.store()).listDatasets();
  const [only, ...others] = known;
  if (only === undefined)
    throw new NotFoundError('there is no dataset yet: `spindle cohort ingest <folder>` makes one');
  if (others.length === 0) return only;
  throw new InvalidInputError('command line', '--dataset', `one of ${known.join(', ')}`, 'none');
}

/** As `chosenDataset`, for commands that read: throws NotFoundError when the named dataset does not exist. */
export async function existingDataset(context: CommandContext, choice: DatasetChoice): Promise<DatasetName> {
  const dataset = await chosenDataset(context, choice);
  const known = await (await context.store()).listDatasets();
  if (known.includes(dataset)) return dataset;
  throw new NotFoundError(`no dataset "${dataset}"${known.length > 0 ? `; there is ${known.join(', ')}` : ''}`);
}
