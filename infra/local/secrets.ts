import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LocalPaths } from './paths.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';

const Credentials = z.strictObject({ accessKeyId: z.string().min(8), secretAccessKey: z.string().min(16) });
export type Credentials = z.infer<typeof Credentials>;

/** `ordinary`: what commands and workers use. `sealed`: who may read the hidden test. */
export type S3Account = 'ordinary' | 'sealed';

/** The local S3 server's root credentials, for who sets it up: random, made once per home, readable by their owner only. */
export function s3Credentials(paths: LocalPaths): Credentials {
  return knownCredentials(paths.s3Credentials) ?? madeCredentials(paths.s3Credentials);
}

/** The same of an account that may use one bucket; made by `startS3`. */
export function s3Account(paths: LocalPaths, name: S3Account): Credentials {
  return s3AccountIfThere(paths, name) ?? madeCredentials(paths.s3AccountCredentials(name));
}

/** Undefined in a home whose server was started before there were accounts. */
export function s3AccountIfThere(paths: LocalPaths, name: S3Account): Credentials | undefined {
  return knownCredentials(paths.s3AccountCredentials(name));
}

function knownCredentials(path: string): Credentials | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : Credentials.parse(JSON.parse(text));
}

function madeCredentials(path: string): Credentials {
  const made = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(24).toString('base64url') };
  writePrivateFile(path, `${JSON.stringify(made)}\n`);
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
