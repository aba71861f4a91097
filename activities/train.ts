import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { runTrainer, type TrainerOutcome } from '../adapters/trainer-process.ts';
import { RAW, writeJson, writeTrainingSet } from '../adapters/training-set.ts';
import { hiddenNumbers, refuseHidden } from '../core/hidden-patients.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { Manifest } from '../core/manifest.ts';
import type { ModelRecord, TrainingChoice } from '../core/models.ts';
import { joined, numbersOf, personsOf, type LinkedPersons } from '../core/patient-links.ts';
import { JOB_SCHEMA, ModelCard, type TrainingJob } from '../core/trainer-contract.ts';
import { modelOf, recordsOf, type StoreDeps } from './dataset.ts';
import { TrainingHeartbeat } from './training-heartbeat.ts';
import { jobName } from './training-job-name.ts';

export interface TrainDeps extends StoreDeps {
  /** Local folder for job directories; each is kept until the dataset's next training, to resume in. */
  jobs: string;
  /** How each trainer is run. */
  trainers: Readonly<Record<string, TrainerCommand>>;
  /** The environment that trainers get, less credentials. */
  environment?: Readonly<Record<string, string | undefined>>;
}

export interface TrainerCommand {
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** A file that is there once the trainer is installed on this machine; absent for one that always is. */
  installedBy?: string;
}

export interface TrainRequest {
  dataset: DatasetName;
  round: number;
  version: Digest;
  policy: TrainingChoice;
  /** The model to start from; null: from nothing. Absent: the serving one, where the same trainer and preset made it. */
  warmStart?: Digest | null;
}

/** Training, one job at a time. */
export function createTrainActivities(deps: TrainDeps) {
  return {
    /**
     * Trains on a frozen version and stores what comes out. Heartbeats the trainer's progress and its last checkpoint, which
     * is stored too: after a crash the job goes on from it, on this machine or another. Cancelled, it lets the trainer save a
     * checkpoint first. Throws InvalidInputError for an unknown trainer or one that isn't installed, a version with a person in
     * both sets, or a job the trainer refuses; HiddenPatientError for a version that holds a hidden-test patient.
     */
    async train(request: TrainRequest): Promise<ModelRecord> {
      const trainer = deps.trainers[request.policy.trainer];
      if (!trainer) {
        const known = Object.keys(deps.trainers).join(', ');
        throw new InvalidInputError('policy', 'trainer', `one of ${known}`, request.policy.trainer);
      }
      if (trainer.installedBy !== undefined && !(await exists(trainer.installedBy))) {
        const { trainer: name } = request.policy;
        const wanted = `one that is installed on the training worker's machine (spindle trainer install ${name})`;
        throw new InvalidInputError('policy', 'trainer', wanted, `${name}, which is not`);
      }
      const persons = await trainablePersons(deps, request);
      const context = Context.current();
      const heartbeat = new TrainingHeartbeat(deps, request, context);
      try {
        const jobDir = await prepareJob(deps, request, persons, heartbeat);
        await heartbeat.restoreCheckpoint(jobDir);
        const outcome = await runTrainer({
          ...trainer,
          inherit: deps.environment ?? {},
          jobDir,
          signal: context.cancellationSignal,
          onEvent: (event) => heartbeat.onEvent(event, jobDir),
          onLog: (line) => void context.log.info(line),
        });
        if (outcome.outcome === 'stopped') {
          await heartbeat.settle();
          throw context.cancellationSignal.reason as Error;
        }
        const model = await storeModel(deps, request, outcome);
        await heartbeat.dropCheckpoints();
        return model;
      } finally {
        heartbeat.stop();
      }
    },
  };
}

/**
 * The persons of several study numbers, by what is known now. Throws for a version that may not be trained on any more: one that holds
 * a hidden-test patient, or a person in both sets, on whom the model would then be judged.
 */
async function trainablePersons(deps: TrainDeps, { dataset, version }: TrainRequest): Promise<LinkedPersons> {
  const { split, persons = [] } = await deps.store.getVersion(dataset, version);
  const catalog = await recordsOf(deps, dataset).catalog();
  const name = `version ${version.slice(0, 12)}`;
  refuseHidden(name, Object.keys(split), hiddenNumbers(catalog));
  const known = joined([...persons, ...personsOf(catalog.links ?? [])]);
  const torn = known.find((person) => new Set(person.map((patient) => split[patient]).filter(Boolean)).size > 1);
  if (torn) throw new InvalidInputError(name, 'split', `one set for the person ${torn.join(' = ')}`, 'both');
  return known;
}

/** The job directory of a request: the same for every attempt, so that a trainer resumes in it. */
async function prepareJob(
  deps: TrainDeps,
  request: TrainRequest,
  persons: LinkedPersons,
  heartbeat: TrainingHeartbeat,
): Promise<string> {
  const { dataset, round, version, policy } = request;
  const name = jobName(request);
  const folder = join(deps.jobs, dataset);
  const jobDir = join(folder, name);
  await mkdir(jobDir, { recursive: true });
  for (const other of await readdir(folder)) {
    if (other !== name) await rm(join(folder, other), { recursive: true, force: true });
  }
  // job.json comes last: where it is, everything is.
  if (await exists(join(jobDir, 'job.json'))) return jobDir;
  const manifest = await deps.store.getVersion(dataset, version);
  const warmStart = await warmStartOf(deps, request, manifest, persons, jobDir);
  const cases = await writeTrainingSet(deps.store, manifest.series, jobDir, () => heartbeat.beat());
  const job: TrainingJob = {
    schema: JOB_SCHEMA,
    dataset,
    version,
    round,
    trainer: policy.trainer,
    preset: policy.preset,
    seed: policy.seed,
    budget: policy.budget,
    warmStart,
    raw: RAW,
    cases,
  };
  await writeJson(join(jobDir, 'job.json'), job);
  return jobDir;
}

/**
 * The weights of the model that was asked for. Else those of the serving one, if the same trainer and preset made them and no validation
 * patient of the version moved them.
 */
async function warmStartOf(
  deps: TrainDeps,
  { dataset, policy, warmStart }: TrainRequest,
  manifest: Manifest,
  persons: LinkedPersons,
  jobDir: string,
): Promise<TrainingJob['warmStart']> {
  if (warmStart === null) return null;
  if (warmStart !== undefined) return startFrom(deps, await modelOf(deps, dataset, warmStart), jobDir);
  const { champion, models } = await recordsOf(deps, dataset).models();
  const record = models.find(({ model }) => model === champion);
  if (!record || record.trainer !== policy.trainer || record.preset !== policy.preset) return null;
  const { patientsSeen } = await deps.store.getJson(record.card.digest, ModelCard);
  if ([...numbersOf(patientsSeen, persons)].some((patient) => manifest.split[patient] === 'validation')) return null;
  return startFrom(deps, record, jobDir);
}

async function startFrom(
  { store }: TrainDeps,
  { model, card, weights }: ModelRecord,
  jobDir: string,
): Promise<NonNullable<TrainingJob['warmStart']>> {
  const { patientsSeen } = await store.getJson(card.digest, ModelCard);
  await mkdir(join(jobDir, 'warm'), { recursive: true });
  await writeFile(join(jobDir, 'warm/weights.pt'), await store.getObject(weights.digest));
  return { weights: 'warm/weights.pt', model, patientsSeen };
}

async function storeModel(
  { store }: TrainDeps,
  { round, version, policy }: TrainRequest,
  output: Extract<TrainerOutcome, { outcome: 'done' }>,
): Promise<ModelRecord> {
  const onnx = await store.putObject(output.onnx);
  return {
    model: onnx.digest,
    onnx,
    card: await store.putJson(output.card),
    weights: await store.putObject(new Uint8Array(await readFile(output.weightsPath))),
    curves: await store.putObject(new Uint8Array(await readFile(output.curvesPath))),
    trainer: policy.trainer,
    preset: policy.preset,
    round,
    version,
    evaluations: [],
  };
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}
