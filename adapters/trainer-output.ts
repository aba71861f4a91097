import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ZodType } from 'zod';
import { InvalidInputError } from '../core/invalid-input.ts';
import { ModelCard, TrainingJob } from '../core/trainer-contract.ts';
import { parsedJson } from './parsed-json.ts';
import { sha256 } from './volume.ts';

/** What a trainer leaves. Paths are absolute. */
export interface TrainerOutput {
  card: ModelCard;
  /** Checked against the card's digest. */
  onnx: Uint8Array;
  onnxPath: string;
  weightsPath: string;
  curvesPath: string;
}

const SAME_IN_JOB_AND_CARD = ['trainer', 'preset', 'dataset', 'version', 'round', 'seed'] as const;

/**
 * Reads `out/` of a job directory after a trainer has ended well. Throws InvalidInputError naming the file when something is
 * missing or malformed, when the card isn't of this job or of these ONNX bytes, or when it keeps quiet about patients that the
 * job's warm start has seen, or tells of others than that and the training cases.
 */
export async function readTrainerOutput(jobDir: string): Promise<TrainerOutput> {
  const job = await readJson(jobDir, 'job.json', TrainingJob);
  const card = await readJson(jobDir, 'out/model-card.json', ModelCard);
  const onnx = await readBytes(jobDir, 'out/model.onnx');
  for (const field of SAME_IN_JOB_AND_CARD) {
    if (card[field] !== job[field]) refuse('model-card.json', field, String(job[field]), String(card[field]));
  }
  const parent = job.warmStart?.model ?? null;
  if (card.parent !== parent) refuse('model-card.json', 'parent', String(parent), String(card.parent));
  checkPatients(job, card);
  const digest = sha256(onnx);
  if (digest !== card.onnx.digest) refuse('model.onnx', 'digest', card.onnx.digest, digest);
  if (onnx.length !== card.onnx.bytes) refuse('model.onnx', 'bytes', String(card.onnx.bytes), String(onnx.length));
  await mustExist(jobDir, 'out/weights.pt');
  await mustExist(jobDir, 'out/curves.jsonl');
  return {
    card,
    onnx,
    onnxPath: join(jobDir, 'out/model.onnx'),
    weightsPath: join(jobDir, 'out/weights.pt'),
    curvesPath: join(jobDir, 'out/curves.jsonl'),
  };
}

function checkPatients(job: TrainingJob, card: ModelCard): void {
  const inherited = job.warmStart?.patientsSeen ?? [];
  const train = job.cases.filter(({ split }) => split === 'train').map(({ patient }) => patient);
  const seen = new Set(card.patientsSeen);
  const allowed = new Set([...inherited, ...train]);
  const hidden = inherited.filter((patient) => !seen.has(patient));
  const foreign = card.patientsSeen.filter((patient) => !allowed.has(patient));
  if (hidden.length > 0) {
    refuse('model-card.json', 'patientsSeen', 'all that the warm start has seen', `${hidden.length} fewer`);
  }
  if (foreign.length > 0) {
    refuse('model-card.json', 'patientsSeen', 'the train cases and the warm start', `${foreign.length} others`);
  }
}

async function readJson<T>(jobDir: string, file: string, schema: ZodType<T>): Promise<T> {
  return parsedJson(await readBytes(jobDir, file), schema, file, 'a valid value');
}

async function readBytes(jobDir: string, file: string): Promise<Uint8Array> {
  await mustExist(jobDir, file);
  return new Uint8Array(await readFile(join(jobDir, file)));
}

async function mustExist(jobDir: string, file: string): Promise<void> {
  await access(join(jobDir, file)).catch(() => refuse(file, 'file', 'to be there when a trainer ends well', 'none'));
}

function refuse(object: string, field: string, expected: string, got: string): never {
  throw new InvalidInputError(object, field, expected, got);
}
