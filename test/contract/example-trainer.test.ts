import { join } from 'node:path';
import { PYTHON, ROOT, trainerContract } from './trainer.ts';

// A step says some 200 bytes; a pipe and a read of it hold 128 KiB. So the end waits for us however busy the cores are.
trainerContract({
  name: 'prior',
  command: [PYTHON, join(ROOT, 'docs/examples/prior_trainer.py')],
  steps: 1500,
});
