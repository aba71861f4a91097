// npm run test:slicer: the module's tests on the real scene, volumes and segmentations of 3D Slicer, which PyPI's slicer-core brings
// (about 1 GB, with VTK, into .spindle/slicer-python). No part of npm test, which plays the scene.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../setup/paths.mjs';
import { pythonEnvironment } from '../setup/python-environment.mjs';

const folder = join(ROOT, 'infra', 'slicer');
const python = await pythonEnvironment('slicer-python', join(folder, 'requirements-slicer-core.txt'));
const env = { ...process.env, SPINDLE_SCENE: 'real' };
const { status } = spawnSync(python, ['-m', 'pytest', folder, ...process.argv.slice(2)], {
  cwd: ROOT,
  env,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
