import { readModelFolder, type ModelBytes } from '../adapters/model-folder.ts';
import type { CommandContext } from './context.ts';
import { existingDataset, type DatasetChoice } from './dataset-option.ts';
import { exists } from './new-file.ts';

export const MODEL_ARGUMENT = '"serving", (the beginning of) a digest, or a folder or ONNX file with its model card';

/**
 * The model that a command line means: what lies at that path, else what the dataset's registry knows by that name. Throws
 * InvalidInputError, NotFoundError.
 */
export async function modelFrom(context: CommandContext, meant: string, choice: DatasetChoice): Promise<ModelBytes> {
  const isPath = /[/\\.]/.test(meant) || (await exists(meant));
  if (isPath) return readModelFolder(meant);
  const dataset = await existingDataset(context, choice);
  const { readModel, resolveModel } = await import('../client/models.ts');
  const store = await context.store();
  return readModel(store, await resolveModel(store, dataset, meant));
}
