import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askCommand } from './command.mjs';
import { isExecutable, ROOT, TRAINERS_FOLDER } from './paths.mjs';
import { findPython, hasNvidiaDriver, install, makeEnvironment } from './python.mjs';
import { SetupError } from './setup-error.mjs';
import { inputsDigest } from './stamp.mjs';
import { provideUv } from './uv.mjs';

/** Trainers with an environment of their own, by name: their packages' folder and the module that `--check` is asked of. */
const TRAINERS = {
  nnunet: { title: 'nnU-Net', folder: 'workers/trainer-nnunet', module: 'spindle_nnunet', gigabytes: 'up to 6 GB' },
};

export const TRAINER_NAMES = Object.keys(TRAINERS);

/**
 * A trainer's own environment, `.spindle/trainers/<name>`. Done when its `installed.json` is of these very requirements; that file is
 * written last, so an installation that was broken off is gone on with, and is not taken for one.
 * @param {string} name
 */
export function trainerPackages(name) {
  const { title, folder, module, gigabytes } = TRAINERS[name];
  const environment = join(TRAINERS_FOLDER, name);
  const python = join(environment, 'bin', 'python');
  const marker = join(environment, 'installed.json');
  const file = join(ROOT, folder, 'requirements.txt');
  const step = `trainer-${name}`;
  const digest = () => inputsDigest({ files: [file], values: [hasNvidiaDriver()] });
  return {
    name: step,
    title,
    isDone: () => isExecutable(python) && digestOf(marker) === digest(),
    /** @param {(text: string) => void} detail */
    async run(detail) {
      rmSync(marker, { force: true });
      detail('looking for Python');
      const base = findPython();
      const uv = await provideUv(base, detail);
      if (!isExecutable(python) || !askCommand(python, ['--version'])) {
        mkdirSync(TRAINERS_FOLDER, { recursive: true });
        await makeEnvironment(step, uv, base, environment);
      }
      detail(`installing (${gigabytes})`);
      const how = await install({ step, uv, python, file, ownTorch: true }, detail);
      detail('checking');
      const path = ['workers/trainer', folder].map((each) => join(ROOT, each)).join(':');
      const answer = askCommand(python, ['-m', module, '--check'], { env: { PYTHONPATH: path }, timeoutMs: 300_000 });
      if (answer === undefined) {
        throw new SetupError(
          `${title} was installed and can't be imported. What it says: spindle trainer check ${name}. ` +
            `To begin anew, delete ${environment}.`,
        );
      }
      writeFileSync(`${marker}.part`, `${JSON.stringify({ digest: digest(), ...JSON.parse(answer) }, null, 2)}\n`);
      renameSync(`${marker}.part`, marker);
      return how;
    },
  };
}

/** @param {string} marker */
function digestOf(marker) {
  try {
    return JSON.parse(readFileSync(marker, 'utf8')).digest;
  } catch {
    return undefined;
  }
}
