import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MissingToolError } from './errors.ts';
import { toolsFolder } from './paths.ts';

/** Finds a server's program where set-up put it, else on PATH. Throws MissingToolError. */
export function findTool(name: 'temporal' | 'versitygw', env: NodeJS.ProcessEnv): string {
  const folders = [toolsFolder, ...(env['PATH'] ?? '').split(delimiter).filter(Boolean)];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found) return found;
  throw new MissingToolError(
    `the program \`${name}\` is neither in .spindle/tools/bin nor on PATH: run \`npm run setup\``,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
