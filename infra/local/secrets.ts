import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LocalPaths } from './paths.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';

const Credentials = z.strictObject({ accessKeyId: z.string().min(8), secretAccessKey: z.string().min(16) });
export type Credentials = z.infer<typeof Credentials>;

/** The local S3 server's root credentials: random, made once per home, readable by their owner only. */
export function s3Credentials(paths: LocalPaths): Credentials {
  const text = readIfThere(paths.s3Credentials);
  if (text !== undefined) return Credentials.parse(JSON.parse(text));
  const made = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(24).toString('base64url') };
  writePrivateFile(paths.s3Credentials, `${JSON.stringify(made)}\n`);
  return made;
}

/** The token that the local HTTP API asks for: random, made once per home, readable by its owner only. */
export function apiToken(paths: LocalPaths): string {
  const text = readIfThere(paths.token)?.trim();
  if (text) return text;
  const made = randomBytes(24).toString('base64url');
  writePrivateFile(paths.token, `${made}\n`);
  return made;
}
