import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { askCommand, runCommand } from './command.mjs';
import { DICOM_FOLDER, findOnPath, isExecutable, PYTHON_ENVIRONMENT, TRAINER_FOLDER } from './paths.mjs';
import { SetupError } from './setup-error.mjs';
import { inputsDigest, isStamped, removeStamp, stamp } from './stamp.mjs';
import { provideUv } from './uv.mjs';

const PYTHON = join(PYTHON_ENVIRONMENT, 'bin', 'python');
// uv must not fetch an interpreter of its own: the one that is there is used, or asked for.
const UV_SETTINGS = { UV_PYTHON_DOWNLOADS: 'never', UV_NO_PROGRESS: '1' };

/** The trainer's environment: PyTorch and what it exports models with. */
export const pythonPackages = step('python', 'Python packages', join(TRAINER_FOLDER, 'requirements.txt'));

/** What DICOM is written with. */
export const dicomPackages = step('python-dicom', 'DICOM packages', join(DICOM_FOLDER, 'requirements.txt'));

/** What the trainer's tests and checks need besides. */
export const pythonTestPackages = step(
  'python-tests',
  'Python test packages',
  join(TRAINER_FOLDER, 'requirements-dev.txt'),
);

/**
 * @param {string} name
 * @param {string} title
 * @param {string} file The requirements.
 */
function step(name, title, file) {
  const digest = () => inputsDigest({ files: [file], values: [hasNvidiaDriver()] });
  return {
    name,
    title,
    isDone: () => isExecutable(PYTHON) && isStamped(name, digest()),
    async run(detail) {
      detail('looking for Python');
      const base = findPython();
      const uv = await provideUv(base, detail);
      if (!isExecutable(PYTHON) || !askCommand(PYTHON, ['--version'])) {
        removeStamp('python');
        removeStamp('python-dicom');
        removeStamp('python-tests');
        await makeEnvironment('python', uv, base, PYTHON_ENVIRONMENT);
      }
      const how = await install({ step: name, uv, python: PYTHON, file, ownTorch: name === 'python' }, detail);
      stamp(name, digest());
      return how;
    },
  };
}

/**
 * Makes an empty environment, whatever was in that folder.
 * @param {string} step
 * @param {string} uv
 * @param {string} base The interpreter it is made from.
 * @param {string} folder
 */
export async function makeEnvironment(step, uv, base, folder) {
  await runCommand(step, uv, ['venv', '--clear', '--python', base, folder], { env: UV_SETTINGS });
}

/**
 * PyPI's PyTorch for Linux carries CUDA, gigabytes of it. A machine without an NVIDIA driver first tries PyTorch's own index,
 * where the CPU build is small; where that index doesn't answer within seconds, PyPI's build does as well.
 * @param {{ step: string, uv: string, python: string, file: string, ownTorch: boolean }} what `ownTorch`: PyTorch is among `file`'s.
 * @param {(text: string) => void} detail
 */
export async function install({ step: name, uv, python, file, ownTorch }, detail) {
  const command = ['pip', 'install', '--python', python, '-r', file];
  if (ownTorch && !hasNvidiaDriver()) {
    const env = { ...UV_SETTINGS, UV_HTTP_TIMEOUT: '10', UV_HTTP_RETRIES: '0' };
    try {
      detail("installing, with PyTorch's CPU build");
      await runCommand(name, uv, [...command, '--torch-backend', 'cpu'], { env, onLine: detail });
      return "installed, with PyTorch's CPU build";
    } catch {
      detail("PyTorch's index doesn't answer; installing PyPI's build");
    }
  }
  await runCommand(name, uv, command, { env: { ...UV_SETTINGS, UV_HTTP_TIMEOUT: '180' }, onLine: detail });
  return 'installed';
}

export function hasNvidiaDriver() {
  return existsSync('/proc/driver/nvidia/version');
}

/** A Python of at least 3.11 on PATH. Throws SetupError. */
export function findPython() {
  const names = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
  const seen = [];
  for (const path of names.map(findOnPath).filter(Boolean)) {
    const version = askCommand(path, ['-c', 'import sys; print(*sys.version_info[:2], sys.executable)']);
    const [major, minor, ...executable] = (version ?? '').split(' ');
    // The interpreter itself rather than a version switcher's shim, whose meaning changes with the folder.
    if (Number(major) === 3 && Number(minor) >= 11) return executable.join(' ');
    if (version) seen.push(`${major}.${minor}`);
  }
  const found = seen.length > 0 ? `only ${[...new Set(seen)].join(', ')} was found` : 'none was found';
  throw new SetupError(`The trainer needs Python 3.11 or newer on PATH, and ${found}: install it and run this again.`);
}
