import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { isSemantic, loadModel } from '../../adapters/segmenter/load-model.ts';
import { runTrainer, type TrainerOutcome } from '../../adapters/trainer-process.ts';
import { writeJson } from '../../adapters/training-set.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { TrainerEvent, type ModelCard, type TrainingJob } from '../../core/trainer-contract.ts';
import { writeBlockSpine } from '../support/block-spine.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The Python that set-up made, with the trainer's packages and those of its tests. */
export const PYTHON = join(ROOT, '.spindle/python/bin/python');
// Starting Python and PyTorch takes seconds, on busy cores many.
const TIMEOUT_MS = 300_000;

export interface TrainerUnderTest {
  name: string;
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Steps of the job that is stopped at its first progress line: so many that it can't be over by then. */
  steps: number;
  /** Five minutes by default. */
  timeoutMs?: number;
  /** More that holds of a finished job for this trainer. */
  alsoHolds?: (finished: { events: TrainerEvent[]; curves: string[]; parity: number }) => void;
}

/** What every trainer must do (core/trainer-contract.ts, docs/trainer.md), whatever it is written in and learns. */
export function trainerContract(trainer: TrainerUnderTest): void {
  const home = mkdtempSync(join(tmpdir(), `spindle-${trainer.name}-`));
  const job = (name: string, changes: Partial<TrainingJob>) =>
    writeJob(join(home, name), { trainer: trainer.name, ...changes });
  const done = async (jobDir: string) => ended((await train(trainer, jobDir)).outcome);

  describe(`the ${trainer.name} trainer keeps the contract`, { timeout: trainer.timeoutMs ?? TIMEOUT_MS }, () => {
    afterAll(() => rmSync(home, { recursive: true, force: true }));

    test('trains, stops at SIGTERM with a checkpoint, resumes, and leaves a network that runs here', async () => {
      const { steps } = trainer;
      const jobDir = await job('resumed', { budget: { seconds: null, steps } });
      const stopped = await train(trainer, jobDir, 'progress');
      expect(stopped.outcome).toEqual({ outcome: 'stopped', killed: false });
      const saved = stopped.events.at(-1)!;
      if (saved.event !== 'checkpoint') throw new Error(`expected a checkpoint at the end, got ${saved.event}`);
      expect(existsSync(join(jobDir, saved.path))).toBe(true);
      expect(existsSync(join(jobDir, 'out/model-card.json'))).toBe(false);

      const { outcome, events } = await train(trainer, jobDir);
      const { card, onnx, curvesPath } = ended(outcome);
      expect(saved.step).toBeGreaterThan(0);
      expect(saved.step).toBeLessThan(steps);
      expect(events[0]).toMatchObject({ event: 'start', resumedFromStep: saved.step, parameters: card.parameters });
      expect(events.at(-1)).toMatchObject({ event: 'done', step: steps });
      expect(card).toMatchObject({ steps, patientsSeen: ['1'], parent: null, preset: 'demo', seed: 3 });
      const curves = readFileSync(curvesPath, 'utf8').split('\n').filter(Boolean);
      for (const line of curves) TrainerEvent.parse(JSON.parse(line));
      trainer.alsoHolds?.({ events: [...stopped.events, ...events], curves, parity: card.parityMaxAbs });

      await runsOnce(onnx, card);
    });

    test('a warm start tells whose patients it has seen', async () => {
      const first = await done(await job('first', {}));
      const warmStart = { weights: 'raw/weights.pt', model: first.card.onnx.digest, patientsSeen: ['1', '9'] };
      const jobDir = await job('second', { round: 2, warmStart });
      copyFileSync(first.weightsPath, join(jobDir, warmStart.weights));
      const { card } = await done(jobDir);
      expect(card).toMatchObject({ parent: first.card.onnx.digest, patientsSeen: ['1', '9'], round: 2 });
    });

    test('a job it can not train is refused by field, for good', async () => {
      const attempt = train(trainer, await job('refused', { raw: 'nowhere' }));
      await expect(attempt).rejects.toBeInstanceOf(InvalidInputError);
      await expect(attempt).rejects.toThrow('job.json: raw: expected an existing folder, got nowhere');
    });
  });
}

/** Loads the network and shows it one patch; what comes back is checked by its kind. */
async function runsOnce(onnx: Uint8Array, card: ModelCard): Promise<void> {
  const network = await loadModel(onnx, card, 'trained');
  const [x, y, z] = card.network.patch;
  const patch = new Float32Array(card.network.inputs.length * x * y * z).fill(0.5);
  if (isSemantic(network)) {
    expect((await network.run(patch)).length).toBe(card.network.outputs.length * x * y * z);
  } else {
    const answer = await network.run(patch);
    expect(answer.structures.length).toBe(3 * x * y * z);
    expect(answer.completeness).toBeGreaterThan(0);
  }
  await network.close();
}

/** A job of two block spines, one patient to train on and one to validate. */
async function writeJob(jobDir: string, changes: Partial<TrainingJob>): Promise<string> {
  const cases: TrainingJob['cases'] = [];
  for (const [patient, split] of [
    ['1', 'train'],
    ['2', 'validation'],
  ] as const) {
    const [image, mask] = [`raw/imagesTr/${patient}_t2_0000.mha`, `raw/instancesTr/${patient}_t2.mha`];
    await writeBlockSpine(join(jobDir, image), join(jobDir, mask));
    const facts = { hospital: 'RH1', sequence: 't2' as const, incompleteVertebrae: [4] };
    cases.push({
      ...facts,
      series: `${patient}_t2`,
      patient,
      split,
      image,
      mask,
      annotatedClasses: ['vertebra', 'disc'],
    });
  }
  const job: TrainingJob = {
    schema: 'spindle.job/1',
    dataset: 'blocks',
    version: 'a'.repeat(64),
    round: 1,
    trainer: 'iis',
    preset: 'demo',
    seed: 3,
    budget: { seconds: null, steps: 2 },
    warmStart: null,
    raw: 'raw',
    cases,
    ...changes,
  };
  await writeJson(join(jobDir, 'job.json'), job);
  return jobDir;
}

/** Runs the trainer as the worker does; `stopAt` aborts it at its first event of that kind. */
async function train({ command, env = {} }: TrainerUnderTest, jobDir: string, stopAt?: TrainerEvent['event']) {
  const events: TrainerEvent[] = [];
  const stop = new AbortController();
  const outcome = await runTrainer({
    command,
    env,
    jobDir,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.event === stopAt) stop.abort();
    },
  });
  return { outcome, events };
}

function ended(outcome: TrainerOutcome): Extract<TrainerOutcome, { outcome: 'done' }> {
  if (outcome.outcome !== 'done') throw new Error(`expected the trainer to end well, got ${outcome.outcome}`);
  return outcome;
}
