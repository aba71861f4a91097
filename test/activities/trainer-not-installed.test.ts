import { describe, expect, it } from 'vitest';
import { createTrainActivities } from '../../activities/train.ts';
import { openObjectStore } from '../../adapters/object-store.ts';
import { runnableTrainers } from '../../adapters/trainer-packages.ts';

describe('a trainer that is not installed', () => {
  it('is refused before anything is read, with the command that installs it', async () => {
    // Nothing listens there: a request would fail otherwise.
    const nowhere = { bucket: 'spindle', region: 'us-east-1', endpoint: 'http://127.0.0.1:9', forcePathStyle: true };
    const { nnunet, iis } = runnableTrainers('python3');
    const trainers = { iis: iis!, nnunet: { ...nnunet!, installedBy: '/nowhere/installed.json' } };
    const activities = createTrainActivities({ store: openObjectStore(nowhere), jobs: '/nowhere/jobs', trainers });
    const policy = { trainer: 'nnunet', preset: 'demo' as const, seed: 1, budget: { seconds: null, steps: 1 } };
    const attempt = activities.train({ dataset: 'blocks', round: 0, version: 'a'.repeat(64), policy });
    await expect(attempt).rejects.toMatchObject({ name: 'InvalidInputError', object: 'policy', field: 'trainer' });
    await expect(attempt).rejects.toThrow(
      "policy: trainer: expected one that is installed on the training worker's machine (spindle trainer install nnunet), got nnunet, which is not",
    );
  });
});
