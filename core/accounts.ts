import { z } from 'zod';
import { Digest, ReviewerName } from './ids.ts';
import { Skill } from './review.ts';
import { Role } from './roles.ts';

/** People who may sign in, and their sessions: what lies below `accounts/` in the bucket. */

/** Names that mean something else in lists and records. */
const RESERVED = ['nobody', 'service'];

/** The name of an account; it is the reviewer's name, so it stands in histories and manifests for good. */
export const AccountName = ReviewerName.refine(
  (name) => !RESERVED.includes(name),
  `expected a name that is none of ${RESERVED.join(', ')}`,
);
export type AccountName = z.infer<typeof AccountName>;

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]+$/);

/** A password as scrypt leaves it (RFC 7914), with what it takes to check one. */
export const PasswordHash = z.strictObject({
  kdf: z.literal('scrypt'),
  /** N, r and p. */
  cost: z.int().min(2),
  blockSize: z.int().min(1),
  parallelism: z.int().min(1),
  salt: Base64Url,
  hash: Base64Url,
});
export type PasswordHash = z.infer<typeof PasswordHash>;

/** Who somebody is for an OpenID provider. */
export const Identity = z.strictObject({ issuer: z.url(), subject: z.string().min(1).max(255) });
export type Identity = z.infer<typeof Identity>;

/** `accounts/people/<name>.json`. Accounts are never deleted: their names stand in histories. */
export const Account = z.strictObject({
  schema: z.literal('spindle.account/1'),
  name: AccountName,
  role: Role,
  /** What a task may ask for besides a role. */
  skills: z.array(Skill).optional(),
  disabled: z.boolean(),
  /** Null: signs in elsewhere. */
  password: PasswordHash.nullable(),
  /** Null: a local account. */
  identity: Identity.nullable(),
  /** Counts up when every session and token made before is to end. */
  epoch: z.int().nonnegative(),
  createdAt: z.string(),
});
export type Account = z.infer<typeof Account>;

/** `accounts/sessions/<name>/<SHA-256 of the secret>.json`; the secret itself is nowhere stored. */
export const Session = z.strictObject({
  schema: z.literal('spindle.session/1'),
  /** Null: whoever has the installation's access token. */
  name: AccountName.nullable(),
  /** `browser`: a cookie; `token`: handed to a program. */
  kind: z.enum(['browser', 'token']),
  /** What a token is for, in its owner's words. */
  label: z.string().max(80),
  /** The account's epoch when it was made. */
  epoch: z.int().nonnegative(),
  /** Digest of the access token that it was made with; null for an account's. */
  accessToken: Digest.nullable(),
  createdAt: z.string(),
  /** Ends then, unless it is used before. */
  expiresAt: z.string(),
  /** Ends then, however it is used. */
  endsAt: z.string(),
});
export type Session = z.infer<typeof Session>;

/** Passwords are long rather than odd: 12 to 256 characters, and not the account's own name. */
export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 256;

/** Why a password can't be taken; null when it can. The reason never repeats it. */
export function passwordFault(password: string, name: string): string | null {
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD) return `at least ${SHORTEST_PASSWORD} characters`;
  if (length > LONGEST_PASSWORD) return `at most ${LONGEST_PASSWORD} characters`;
  if (password.toLowerCase().replaceAll(name, '').length < SHORTEST_PASSWORD / 2) return 'more than the name itself';
  return new Set(password).size < 5 ? 'at least five different characters' : null;
}
