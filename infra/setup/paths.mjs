import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's own folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What set-up makes lies in the clone, whatever SPINDLE_HOME says: tools are shared, data isn't. */
export const SETUP_FOLDER = join(ROOT, '.spindle', 'setup');
export const TOOLS_FOLDER = join(ROOT, '.spindle', 'tools', 'bin');
export const UV_ENVIRONMENT = join(ROOT, '.spindle', 'tools', 'uv');
export const PYTHON_ENVIRONMENT = join(ROOT, '.spindle', 'python');
export const BROWSER = join(TOOLS_FOLDER, 'chromium');
export const BROWSERS_FOLDER = join(ROOT, '.spindle', 'tools', 'browsers');
export const TRAINER_FOLDER = join(ROOT, 'workers', 'trainer');
export const DICOM_FOLDER = join(ROOT, 'workers', 'dicom');
export const TRAINERS_FOLDER = join(ROOT, '.spindle', 'trainers');

/**
 * Finds an executable file on PATH; undefined when there is none.
 * @param {string} name
 */
export function findOnPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
