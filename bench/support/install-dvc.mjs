// Brings DVC (bench/requirements-versions.txt) into .spindle/bench-dvc, unless it is there; prints the Python.
import { join } from 'node:path';
import { ROOT } from '../../infra/setup/paths.mjs';
import { pythonEnvironment } from '../../infra/setup/python-environment.mjs';

process.stdout.write(await pythonEnvironment('bench-dvc', join(ROOT, 'bench', 'requirements-versions.txt')));
