import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's own folder. */
export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where `npm run setup` puts the servers' programs and the trainer's Python; shared by every home. */
export const toolsFolder = join(repositoryRoot, '.spindle', 'tools', 'bin');
export const trainerPython = join(repositoryRoot, '.spindle', 'python', 'bin', 'python');

/** The absolute folder of all local data: SPINDLE_HOME, else `.spindle` in the clone. */
export function homeOf(env: NodeJS.ProcessEnv): string {
  return resolve(env['SPINDLE_HOME'] || join(repositoryRoot, '.spindle'));
}

/** Every place under a home, absolute. */
export function localPaths(home: string) {
  const under = (...parts: string[]) => join(home, ...parts);
  return {
    home,
    state: under('run', 'state.json'),
    lock: under('run', 'lock'),
    token: under('run', 'token'),
    temporalConfig: under('run', 'temporal.toml'),
    temporalDatabase: under('temporal', 'temporal.db'),
    s3Data: under('s3', 'data'),
    s3Versions: under('s3', 'versions'),
    s3Credentials: under('s3', 'credentials.json'),
    s3Accounts: under('s3', 'accounts'),
    s3AccountCredentials: (name: string) => under('s3', `${name}.json`),
    ready: (name: string) => under('run', `${name}.ready`),
    log: (name: string) => under('log', `${name}.log`),
  };
}

export type LocalPaths = ReturnType<typeof localPaths>;
