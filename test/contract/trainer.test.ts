import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { loadNetwork } from '../../adapters/segmenter/network.ts';
import { runTrainer, type TrainerOutcome } from '../../adapters/trainer-process.ts';
import { writeJson } from '../../adapters/training-set.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { TrainerEvent, TrainingJob } from '../../core/trainer-contract.ts';
import { writeBlockSpine } from '../support/block-spine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PYTHON = join(ROOT, '.spindle/python/bin/python');
// Starting Python and PyTorch takes seconds, on busy cores many.
const TIMEOUT_MS = 300_000;

const home = mkdtempSync(join(tmpdir(), 'spindle-iis-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function writeJob(name: string, changes: Partial<TrainingJob>): Promise<string> {
  const jobDir = join(home, name);
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

/** Runs the real trainer; `stopAt` aborts it at its first event of that kind. */
async function train(jobDir: string, stopAt?: TrainerEvent['event']) {
  const events: TrainerEvent[] = [];
  const stop = new AbortController();
  const outcome = await runTrainer({
    command: [PYTHON, '-m', 'spindle_trainer'],
    env: { PYTHONPATH: join(ROOT, 'workers/trainer') },
    jobDir,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.event === stopAt) stop.abort();
    },
  });
  return { outcome, events };
}

function done(outcome: TrainerOutcome): Extract<TrainerOutcome, { outcome: 'done' }> {
  if (outcome.outcome !== 'done') throw new Error(`expected the trainer to end well, got ${outcome.outcome}`);
  return outcome;
}

describe('the iis trainer keeps the contract', { timeout: TIMEOUT_MS }, () => {
  test('trains, stops at SIGTERM with a checkpoint, resumes, and leaves a network that runs here', async () => {
    const jobDir = await writeJob('resumed', { budget: { seconds: null, steps: 16 } });
    const stopped = await train(jobDir, 'progress');
    expect(stopped.outcome).toEqual({ outcome: 'stopped', killed: false });
    const saved = stopped.events.at(-1)!;
    expect(saved).toMatchObject({ event: 'checkpoint', path: 'checkpoints/last.pt' });
    expect(existsSync(join(jobDir, 'checkpoints/last.pt'))).toBe(true);
    expect(existsSync(join(jobDir, 'out/model-card.json'))).toBe(false);

    const { outcome, events } = await train(jobDir);
    const { card, onnx, curvesPath } = done(outcome);
    const step = saved.event === 'checkpoint' ? saved.step : -1;
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(16);
    expect(events[0]).toMatchObject({ event: 'start', resumedFromStep: step, parameters: card.parameters });
    expect(events.at(-1)).toMatchObject({ event: 'done', step: 16 });
    expect(card).toMatchObject({ steps: 16, patientsSeen: ['1'], parent: null, preset: 'demo', seed: 3 });
    expect(card.parityMaxAbs).toBeLessThan(1e-4);
    const curves = readFileSync(curvesPath, 'utf8').trim().split('\n');
    expect(curves.length).toBe([...stopped.events, ...events].filter(isCurve).length);

    const network = await loadNetwork(onnx, card, 'trained');
    const [x, y, z] = card.network.patch;
    const answer = await network.run(new Float32Array(3 * x * y * z).fill(0.5));
    expect(answer.structures.length).toBe(3 * x * y * z);
    expect(answer.completeness).toBeGreaterThan(0);
    await network.close();
  });

  test('a warm start tells whose patients it has seen', async () => {
    const first = done((await train(await writeJob('first', {}))).outcome);
    const warmStart = { weights: 'raw/weights.pt', model: first.card.onnx.digest, patientsSeen: ['1', '9'] };
    const jobDir = await writeJob('second', { round: 2, warmStart });
    copyFileSync(first.weightsPath, join(jobDir, warmStart.weights));
    const { card } = done((await train(jobDir)).outcome);
    expect(card).toMatchObject({ parent: first.card.onnx.digest, patientsSeen: ['1', '9'], round: 2 });
  });

  test('a job it can not train is refused by field, for good', async () => {
    const jobDir = await writeJob('refused', { raw: 'nowhere' });
    const attempt = train(jobDir);
    await expect(attempt).rejects.toBeInstanceOf(InvalidInputError);
    await expect(attempt).rejects.toThrow('job.json: raw: expected an existing folder, got nowhere');
  });
});

function isCurve({ event }: TrainerEvent): boolean {
  return event === 'progress' || event === 'validation';
}
