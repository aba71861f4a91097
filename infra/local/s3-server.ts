import { mkdirSync } from 'node:fs';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startInBackground } from './background.ts';
import type { LocalPaths } from './paths.ts';
import { keptPort, LOOPBACK } from './ports.ts';
import { s3Credentials } from './secrets.ts';
import { findTool } from './tools.ts';
import { withoutSettings } from './without-settings.ts';

/** The bucket and region of the local S3 server. */
export const LOCAL_BUCKET = 'spindle';
export const LOCAL_REGION = 'us-east-1';

/** Starts versitygw on loopback over a folder of the home, waits until it answers, and makes the bucket. */
export async function startS3(paths: LocalPaths, env: NodeJS.ProcessEnv): Promise<void> {
  const command = findTool('versitygw', env);
  const port = await keptPort(paths, 's3');
  const credentials = s3Credentials(paths);
  mkdirSync(paths.s3Data, { recursive: true, mode: 0o700 });
  mkdirSync(paths.s3Versions, { recursive: true, mode: 0o700 });
  // No --keep-alive (stray 400s) and no --sidecar (torn objects after a kill).
  const gateway = ['--port', `${LOOPBACK}:${port}`, '--region', LOCAL_REGION, '--quiet', '--health', '/healthz'];
  await startInBackground(paths, {
    name: 's3',
    command,
    args: [...gateway, 'posix', '--versioning-dir', paths.s3Versions, paths.s3Data],
    env: {
      ...withoutSettings(env, 'VGW_', 'ROOT_ACCESS_', 'ROOT_SECRET_'),
      // Through the environment, since other users of the machine can read a command line.
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    isReady: async () => (await fetch(`http://${LOOPBACK}:${port}/healthz`)).ok,
    readyWithinMs: 30_000,
  });
  await makeBucket(`http://${LOOPBACK}:${port}`, credentials);
}

async function makeBucket(
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<void> {
  const client = new S3Client({ endpoint, region: LOCAL_REGION, forcePathStyle: true, credentials });
  try {
    await client.send(new CreateBucketCommand({ Bucket: LOCAL_BUCKET }));
  } catch (error) {
    const { name } = error as Error;
    if (name !== 'BucketAlreadyOwnedByYou' && name !== 'BucketAlreadyExists') throw error;
  } finally {
    client.destroy();
  }
}
