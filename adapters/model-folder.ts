import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInputError } from '../core/invalid-input.ts';
import { ModelCard } from '../core/trainer-contract.ts';
import { parsedJson } from './parsed-json.ts';

/** Names of a model's files, as trainers leave them in `out/` and `spindle models checkout` writes them. */
export const MODEL_FILES = {
  onnx: 'model.onnx',
  card: 'model-card.json',
  weights: 'weights.pt',
  curves: 'curves.jsonl',
} as const;

/** A network's bytes with the card that describes them. */
export interface ModelBytes {
  onnx: Uint8Array;
  card: ModelCard;
}

/**
 * Reads a model from a folder, or from an ONNX file with its card beside it. Whether bytes and card belong together is for
 * `loadNetwork` to find out. Throws InvalidInputError naming the file.
 */
export async function readModelFolder(path: string): Promise<ModelBytes> {
  const whole = await isFolder(path);
  const onnxPath = whole ? join(path, MODEL_FILES.onnx) : path;
  const cardPath = join(whole ? path : dirname(path), MODEL_FILES.card);
  const onnx = new Uint8Array(await readable(onnxPath, 'an ONNX file, or a folder with model.onnx'));
  return { onnx, card: parseCard(await readable(cardPath, 'the model card beside the ONNX file'), cardPath) };
}

/** Reads a model card: a file, or the one in a model's folder. Throws InvalidInputError naming the file. */
export async function readModelCard(path: string): Promise<ModelCard> {
  const file = (await isFolder(path)) ? join(path, MODEL_FILES.card) : path;
  return parseCard(await readable(file, 'a model card, or a folder with model-card.json'), file);
}

async function readable(path: string, expected: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(path, 'file', expected, error.code ?? 'none');
  });
}

function parseCard(bytes: Buffer, path: string): ModelCard {
  return parsedJson(bytes, ModelCard, path, 'a model card');
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
