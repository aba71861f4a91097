import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A trainer that comes with Spindle. */
export interface TrainerPackage {
  name: string;
  description: string;
  /** Its Python environment: the one that set-up makes, or its own, which `spindle trainer install` makes. */
  environment: 'set-up' | 'own';
  module: string;
  /** Arguments by which its Python prints, as the last line, `{ok: true, device, software}` or `{ok: false, reason}`. */
  check: readonly string[];
  /** Folders of the Python packages it consists of, below the clone. */
  folders: readonly string[];
}

const CHECK_IIS = `
import json, platform, numpy, onnx, onnxruntime, scipy, torch
import spindle_trainer.run
modules = (numpy, onnx, onnxruntime, scipy, torch)
software = {"python": platform.python_version(), **{each.__name__: each.__version__ for each in modules}}
device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu"
print(json.dumps({"ok": True, "device": device, "software": software}))
`;

export const TRAINER_PACKAGES: readonly TrainerPackage[] = [
  {
    name: 'iis',
    description: 'iterative instance segmentation, one vertebra after another',
    environment: 'set-up',
    module: 'spindle_trainer',
    check: ['-c', CHECK_IIS],
    folders: ['workers/trainer'],
  },
  {
    name: 'nnunet',
    description: 'nnU-Net v2, 3d_fullres: classes in windows, structures told apart afterwards',
    environment: 'own',
    module: 'spindle_nnunet',
    check: ['-m', 'spindle_nnunet', '--check'],
    folders: ['workers/trainer-nnunet', 'workers/trainer'],
  },
];

export interface RunnableTrainer {
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** A file that is there once the trainer is installed; absent for one that always is. */
  installedBy?: string;
}

/** How a trainer is run; `python` is the interpreter of set-up's environment. */
export function runnableTrainer(trainer: TrainerPackage, python: string): RunnableTrainer {
  const own = join(ROOT, '.spindle/trainers', trainer.name);
  return {
    command: [trainer.environment === 'own' ? join(own, 'bin/python') : python, '-m', trainer.module],
    env: { PYTHONPATH: trainer.folders.map((folder) => join(ROOT, folder)).join(delimiter) },
    ...(trainer.environment === 'own' ? { installedBy: join(own, 'installed.json') } : {}),
  };
}

/** All of them by name, for a training worker. */
export function runnableTrainers(python: string): Record<string, RunnableTrainer> {
  return Object.fromEntries(TRAINER_PACKAGES.map((trainer) => [trainer.name, runnableTrainer(trainer, python)]));
}

const Installed = z.object({ software: z.record(z.string(), z.string()) });

/** Names and versions that were installed for a trainer; `null` when it isn't, or not to its end. */
export async function installedSoftware({ installedBy }: RunnableTrainer): Promise<Record<string, string> | null> {
  if (installedBy === undefined) return {};
  try {
    return Installed.parse(JSON.parse(await readFile(installedBy, 'utf8'))).software;
  } catch {
    return null;
  }
}
