import { Option } from 'commander';
import type { PrivateKey, PublicKey } from '../adapters/signing-key.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { CommandContext } from './context.ts';

/** Variables that stand in for the options; the first two may hold PEM itself. */
export const KEY_VARIABLE = 'SPINDLE_SIGNING_KEY';
export const PUBLIC_KEY_VARIABLE = 'SPINDLE_PUBLIC_KEY';
export const PASSPHRASE_VARIABLE = 'SPINDLE_KEY_PASSPHRASE';

export interface KeyChoice {
  key?: string;
}

export interface PublicKeyChoice {
  publicKey?: string[];
}

export function keyOption(): Option {
  return new Option('--key <file>', `your private key (Ed25519, PEM); ${KEY_VARIABLE} by default`);
}

export function publicKeyOption(): Option {
  return new Option('--public-key <files...>', `public keys that you trust; ${PUBLIC_KEY_VARIABLE} by default`);
}

/** The private key of the option or the environment; null when there is none. Throws InvalidInputError. */
export async function signingKey({ env }: CommandContext, { key }: KeyChoice): Promise<PrivateKey | null> {
  const source = key ?? env[KEY_VARIABLE];
  if (!source) return null;
  const { readPrivateKey } = await import('../client/signatures.ts');
  return readPrivateKey(source, env[PASSPHRASE_VARIABLE]);
}

/** The same, where there has to be one. */
export async function requiredSigningKey(context: CommandContext, choice: KeyChoice): Promise<PrivateKey> {
  const key = await signingKey(context, choice);
  if (key) return key;
  throw new InvalidInputError('command line', '--key', `a private key, or ${KEY_VARIABLE} set`, 'none');
}

/** The public keys of the option or the environment; empty when there are none. Throws InvalidInputError. */
export async function trustedKeys({ env }: CommandContext, { publicKey }: PublicKeyChoice): Promise<PublicKey[]> {
  const given = env[PUBLIC_KEY_VARIABLE];
  const sources = publicKey ?? (given ? [given] : []);
  if (sources.length === 0) return [];
  const { readPublicKey } = await import('../client/signatures.ts');
  return Promise.all(sources.map((source) => readPublicKey(source)));
}

/** The same, where there has to be one: a key that lies beside what it is to vouch for proves nothing. */
export async function requiredTrustedKeys(context: CommandContext, choice: PublicKeyChoice): Promise<PublicKey[]> {
  const keys = await trustedKeys(context, choice);
  if (keys.length > 0) return keys;
  const expected = `a public key that you trust, or ${PUBLIC_KEY_VARIABLE} set`;
  throw new InvalidInputError('command line', '--public-key', expected, 'none');
}
