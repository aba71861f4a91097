// Brings the Python packages of bench/requirements.txt into .spindle/bench-python, unless they are there; prints the Python.
import { join } from 'node:path';
import { ROOT } from '../../infra/setup/paths.mjs';
import { pythonEnvironment } from '../../infra/setup/python-environment.mjs';

process.stdout.write(await pythonEnvironment('bench-python', join(ROOT, 'bench', 'requirements.txt')));
