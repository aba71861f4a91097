import { join } from 'node:path';
import { expect } from 'vitest';
import { PYTHON, ROOT, trainerContract } from './trainer.ts';

trainerContract({
  name: 'iis',
  command: [PYTHON, '-m', 'spindle_trainer'],
  env: { PYTHONPATH: join(ROOT, 'workers/trainer') },
  steps: 16,
  alsoHolds: ({ events, curves, parity }) => {
    const drawn = events.filter(({ event }) => event === 'progress' || event === 'validation');
    expect(curves.length).toBe(drawn.length);
    expect(parity).toBeLessThan(1e-4);
  },
});
