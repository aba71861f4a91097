import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MODEL_FILES, readModelFolder } from '../../adapters/model-folder.ts';
import { loadModel } from '../../adapters/segmenter/load-model.ts';
import { segment } from '../../adapters/segmenter/segment.ts';
import { compareMasks, summarise } from '../../core/scores.ts';
import { repositoryRoot } from '../../infra/local/paths.ts';
import { makePhantomPatient } from '../../infra/phantom/cohort.ts';

const FOLDER = join(repositoryRoot, 'models/phantom-compact');

describe('the model that is kept to try segmenting with', () => {
  test('is small, and has learned from none of the demo’s patients and the benchmark’s', async () => {
    expect(statSync(join(FOLDER, MODEL_FILES.onnx)).size).toBeLessThan(4e6);
    const { card } = await readModelFolder(FOLDER);
    const numbers = card.patientsSeen.map(Number);
    // The demo's cohort has the numbers 1 to 18, the benchmark's begin at 5001.
    expect(Math.min(...numbers)).toBeGreaterThan(18);
    expect(Math.max(...numbers)).toBeLessThan(5001);
  });

  test('finds most of a patient that it has not seen', async () => {
    const { onnx, card } = await readModelFolder(FOLDER);
    const network = await loadModel(onnx, card, 'kept');
    const { series } = makePhantomPatient({ preset: 'demo', seed: 2023, patient: 1 }, ['t2']);
    const { image, truth } = series[0]!;
    const { mask } = await segment(image, network).finally(() => network.close());
    const { vertebra, disc, canal } = summarise(compareMasks(truth, mask));
    expect(vertebra.detected).toBe(vertebra.count);
    expect(vertebra.dice).toBeGreaterThan(0.8);
    expect(disc.dice).toBeGreaterThan(0.8);
    expect(canal.dice).toBeGreaterThan(0.8);
  });
});
