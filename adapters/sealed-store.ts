import { randomUUID } from 'node:crypto';
import type { S3Configuration } from './configuration.ts';
import { openObjectStore, type ObjectStore } from './object-store.ts';
import { isAccessDenied, SealBrokenError } from './s3-errors.ts';

/**
 * Opens the sealed bucket of the hidden test and makes sure that it is one: what is written there can't be read, listed or written by
 * whoever holds the ordinary credentials. Throws SealBrokenError, StoreUnusableError.
 */
export async function openSealedStore(sealed: S3Configuration, ordinary: S3Configuration): Promise<ObjectStore> {
  const store = openObjectStore(sealed);
  const { credentials: _, ...place } = sealed;
  const intruder = openObjectStore(ordinary.credentials ? { ...place, credentials: ordinary.credentials } : place);
  try {
    await store.ensureBucket();
    await store.probe();
    await assertSealed(store, intruder);
    return store;
  } catch (error) {
    store.close();
    throw error;
  } finally {
    intruder.close();
  }
}

/** Tries on the bucket itself what the ordinary credentials can do there; leaves nothing behind. */
async function assertSealed({ bucket: own }: ObjectStore, { bucket: foreign }: ObjectStore): Promise<void> {
  const folder = `probe/${randomUUID()}`;
  const body = new TextEncoder().encode('sealed');
  await own.write(`${folder}/theirs`, body, 'any');
  try {
    const attempts: [string, () => Promise<unknown>][] = [
      ['read an object', () => foreign.read(`${folder}/theirs`)],
      ['list objects', () => foreign.folders('probe/')],
      ['write an object', () => foreign.write(`${folder}/ours`, body, 'any')],
    ];
    const open: string[] = [];
    for (const [deed, attempt] of attempts) if (!(await isRefused(attempt))) open.push(deed);
    if (open.length > 0) throw new SealBrokenError(own.bucket, open);
  } finally {
    await own.delete([`${folder}/theirs`, `${folder}/ours`]);
  }
}

/** Whether the server says no. A fault of any other kind proves nothing and is thrown. */
async function isRefused(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return false;
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return true;
  }
}
