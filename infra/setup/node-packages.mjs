import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.mjs';
import { ROOT } from './paths.mjs';

/** `npm ci`, when node_modules isn't what package-lock.json says. */
export const nodePackages = {
  name: 'node',
  title: 'npm packages',
  isDone: () => installedAsLocked(readLock('package-lock.json'), readLock('node_modules/.package-lock.json')),
  async run(detail) {
    detail('npm ci');
    // Never an install script: .npmrc says the same, but a user's own settings could overrule it.
    await runCommand('node', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
    return 'installed';
  },
};

/**
 * npm writes its own record of what it installed at the very end, so an install that was cut off has none. Packages for other
 * platforms are optional and absent from the record.
 */
function installedAsLocked(wanted, installed) {
  if (!wanted || !installed) return false;
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed.packages[path];
    return found ? found.version === entry.version && found.integrity === entry.integrity : entry.optional === true;
  });
}

/** @param {string} path */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  } catch {
    return undefined;
  }
}
