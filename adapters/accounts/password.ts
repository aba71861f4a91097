import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import type { PasswordHash } from '../../core/accounts.ts';

/** How much work one check is: RFC 7914's N, r and p. */
export interface ScryptCost {
  cost: number;
  blockSize: number;
  parallelism: number;
}

/**
 * OWASP's first choice for scrypt: 128 MiB and some 0.4 s. scrypt and not Argon2, because it is in Node's own library: nothing to
 * compile or download, and hard on memory as well.
 */
export const SCRYPT_COST: ScryptCost = { cost: 2 ** 17, blockSize: 8, parallelism: 1 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Stands in for the account that isn't there, so that a check takes as long for it. */
const NOBODYS_SALT = 'AAAAAAAAAAAAAAAAAAAAAA';

/** One at a time: each takes much memory, and a rush of sign-ins must not take the server's. */
let turn: Promise<unknown> = Promise.resolve();

/** Hashes a password under a new salt. */
export async function hashPassword(password: string, cost: ScryptCost = SCRYPT_COST): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  const hash = await derived(password, salt, cost);
  return { kdf: 'scrypt', ...cost, salt, hash: hash.toString('base64url') };
}

/** Whether this is the password. Without a hash (no such account, or one without a password) it works as long and says no. */
export async function isPassword(
  password: string,
  hash: PasswordHash | null,
  costOfNone: ScryptCost = SCRYPT_COST,
): Promise<boolean> {
  const given = await derived(password, hash?.salt ?? NOBODYS_SALT, hash ?? costOfNone);
  const expected = hash ? Buffer.from(hash.hash, 'base64url') : Buffer.alloc(HASH_BYTES);
  const same = expected.length === given.length && timingSafeEqual(given, expected);
  return same && hash !== null;
}

/** The same password typed on another keyboard may come in another Unicode form. */
function derived(password: string, salt: string, { cost, blockSize, parallelism }: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = {
    cost,
    blockSize,
    parallelization: parallelism,
    maxmem: 256 * cost * blockSize + 2 ** 20,
  };
  const work = () =>
    new Promise<Buffer>((resolve, reject) =>
      scrypt(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), HASH_BYTES, options, (error, key) =>
        error ? reject(error) : resolve(key),
      ),
    );
  const result = turn.then(work, work);
  turn = result.catch(() => undefined);
  return result;
}
