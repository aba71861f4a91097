import { expect } from 'vitest';
import { runnableTrainers } from '../../adapters/trainer-packages.ts';
import { PYTHON, trainerContract } from '../contract/trainer.ts';

const { command, env } = runnableTrainers(PYTHON)['nnunet']!;

trainerContract({
  name: 'nnunet',
  command,
  env,
  steps: 16,
  // Each start imports, plans and preprocesses anew.
  timeoutMs: 1_200_000,
  alsoHolds: ({ events, curves, parity }) => {
    const drawn = events.filter(({ event }) => event === 'progress' || event === 'validation');
    expect(curves.length).toBe(drawn.length);
    expect(parity).toBeLessThan(1e-3);
  },
});
