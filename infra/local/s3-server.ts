import { mkdirSync } from 'node:fs';
import { startInBackground } from './background.ts';
import type { LocalPaths } from './paths.ts';
import { keptPort, LOOPBACK } from './ports.ts';
import { LOCAL_REGION, openBuckets, writeAccounts } from './s3-accounts.ts';
import { s3Credentials } from './secrets.ts';
import { findTool } from './tools.ts';
import { withoutSettings } from './without-settings.ts';

/**
 * Starts versitygw on loopback over a folder of the home, waits until it answers, and makes the buckets: one for everything, one that
 * the ordinary account can't read.
 */
export async function startS3(paths: LocalPaths, env: NodeJS.ProcessEnv): Promise<void> {
  const command = findTool('versitygw', env);
  const port = await keptPort(paths, 's3');
  const credentials = s3Credentials(paths);
  mkdirSync(paths.s3Data, { recursive: true, mode: 0o700 });
  mkdirSync(paths.s3Versions, { recursive: true, mode: 0o700 });
  writeAccounts(paths);
  // No --keep-alive (stray 400s) and no --sidecar (torn objects after a kill).
  const gateway = ['--port', `${LOOPBACK}:${port}`, '--region', LOCAL_REGION, '--quiet', '--health', '/healthz'];
  const accounts = ['--iam-dir', paths.s3Accounts];
  await startInBackground(paths, {
    name: 's3',
    command,
    args: [...gateway, ...accounts, 'posix', '--versioning-dir', paths.s3Versions, paths.s3Data],
    env: {
      ...withoutSettings(env, 'VGW_', 'ROOT_ACCESS_', 'ROOT_SECRET_'),
      // Through the environment, since other users of the machine can read a command line.
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    isReady: async () => (await fetch(`http://${LOOPBACK}:${port}/healthz`)).ok,
    readyWithinMs: 30_000,
  });
  await openBuckets(paths, `http://${LOOPBACK}:${port}`);
}
