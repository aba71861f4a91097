import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, isSemantic } from '../../adapters/segmenter/load-model.ts';
import { toClasses } from '../../adapters/segmenter/semantic-classes.ts';
import { toSemanticImage } from '../../adapters/segmenter/semantic-image.ts';
import { runWindows } from '../../adapters/segmenter/semantic-windows.ts';
import { runnableTrainers } from '../../adapters/trainer-packages.ts';
import { runTrainer } from '../../adapters/trainer-process.ts';
import type { TrainerOutput } from '../../adapters/trainer-output.ts';
import { writeJson } from '../../adapters/training-set.ts';
import { decodeMha } from '../../adapters/volume.ts';
import type { TrainingJob } from '../../core/trainer-contract.ts';
import { makePhantomCohort } from '../../infra/phantom/cohort.ts';
import { PYTHON } from '../contract/trainer.ts';

/** Steps of training: enough for some classes to be found. */
const STEPS = 200;
const { command, env } = runnableTrainers(PYTHON)['nnunet']!;

/**
 * The segmenter against nnU-Net's own predictor, with one trained network, on phantoms that it has not seen. Both resample, run windows
 * and resample back by their own code; nnU-Net sums logits in half precision and we in single.
 */
describe('the segmenter gives what nnUNetPredictor gives', () => {
  const home = mkdtempSync(join(tmpdir(), 'spindle-nnunet-parity-'));
  const jobDir = join(home, 'job');
  let trained: TrainerOutput;
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  beforeAll(async () => {
    await makePhantomCohort({ folder: join(home, 'demo'), preset: 'demo', patients: 3, initial: 1, seed: 5 });
    await makePhantomCohort({ folder: join(home, 'spider'), preset: 'spider', patients: 1, initial: 0, seed: 6 });
    await writePhantomJob(join(home, 'demo'), jobDir);
    const outcome = await runTrainer({ command, env, jobDir });
    if (outcome.outcome !== 'done') throw new Error(`training ended as ${outcome.outcome}`);
    trained = outcome;
  });

  // The last two have slices over three times as thick as pixels: nnU-Net then resamples slice by slice.
  test.each([
    ['demo/images/3_t2.mha', false],
    ['demo/images/3_t1.mha', true],
    ['spider/images/1_t2.mha', false],
  ])('%s, mirrored: %s', async (file, mirror) => {
    const image = join(home, file);
    const theirs = join(home, 'theirs.mha');
    const [program, ...args] = command;
    await promisify(execFile)(program!, [...args, 'predict', jobDir, image, theirs], {
      env: { ...process.env, ...env, SPINDLE_NNUNET_MIRROR: mirror ? '1' : '0' },
    });
    const expected = (await decodeMha(new Uint8Array(readFileSync(theirs)), 'theirs')).voxels;
    const ours = await classesOf(trained, image, mirror);
    expect(ours.length).toBe(expected.length);
    const agreeing = ours.filter((value, at) => value === expected[at]).length / ours.length;
    expect(agreeing).toBeGreaterThan(0.9995);
    const dices = [1, 2, 3].flatMap((value) => dice(ours, expected, value));
    console.log(
      `${file}: ${(100 * agreeing).toFixed(4)} % of the voxels agree, Dice ${dices.map((each) => each.toFixed(5)).join(' ')}`,
    );
    // Not one class alone, or the comparison says little.
    expect(dices.length).toBeGreaterThan(1);
    for (const each of dices) expect(each).toBeGreaterThan(0.99);
  });
});

/** Dice of a class; nothing for one of which fewer than 100 voxels were found: there a single voxel is a percent. */
function dice(a: ArrayLike<number>, b: ArrayLike<number>, value: number): number[] {
  let [inA, inB, both] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    if (a[at] === value) inA++;
    if (b[at] === value) inB++;
    if (a[at] === value && b[at] === value) both++;
  }
  return inA + inB < 200 ? [] : [(2 * both) / (inA + inB)];
}

async function classesOf({ onnx, card }: TrainerOutput, file: string, mirror: boolean): Promise<Uint8Array> {
  const network = await loadModel(onnx, card, 'trained');
  if (!isSemantic(network)) throw new Error('expected a semantic network');
  const image = toSemanticImage(await decodeMha(new Uint8Array(readFileSync(file)), file), network.spec);
  const result = await runWindows(image.block, network, { maxPasses: null, maxSeconds: Infinity, mirror });
  await network.close();
  return toClasses(result, image).classes;
}

/** Patients 1 and 2 of a phantom cohort: one to train on, one to watch. */
async function writePhantomJob(cohort: string, jobDir: string): Promise<void> {
  for (const folder of ['imagesTr', 'instancesTr']) mkdirSync(join(jobDir, 'raw', folder), { recursive: true });
  const cases = [1, 2].flatMap((patient) =>
    (['t1', 't2'] as const).map((sequence): TrainingJob['cases'][number] => {
      const series = `${patient}_${sequence}`;
      const [image, mask] = [`raw/imagesTr/${series}_0000.mha`, `raw/instancesTr/${series}.mha`];
      copyFileSync(join(cohort, 'images', `${series}.mha`), join(jobDir, image));
      copyFileSync(join(cohort, 'truth', `${series}.mha`), join(jobDir, mask));
      const split = patient === 1 ? 'train' : 'validation';
      const facts = {
        hospital: 'RH1',
        incompleteVertebrae: [],
        annotatedClasses: ['vertebra', 'disc', 'canal'] as const,
      };
      return {
        ...facts,
        annotatedClasses: [...facts.annotatedClasses],
        series,
        patient: `${patient}`,
        sequence,
        split,
        image,
        mask,
      };
    }),
  );
  const job: TrainingJob = {
    schema: 'spindle.job/1',
    dataset: 'phantom',
    version: 'a'.repeat(64),
    round: 0,
    trainer: 'nnunet',
    preset: 'demo',
    seed: 3,
    budget: { seconds: null, steps: STEPS },
    warmStart: null,
    raw: 'raw',
    cases,
  };
  await writeJson(join(jobDir, 'job.json'), job);
}
