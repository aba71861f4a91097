import type { ObjectStore } from '../../adapters/object-store.ts';
import type { DatasetName, Digest } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { resolveVersion } from '../versions.ts';

/**
 * The version that a report is said of: the one whose release (`1.0.0`, `v1.0.0`), tag or digest it names, or else the newest. Throws
 * NotFoundError for a dataset without versions.
 */
export async function versionSaid(
  store: ObjectStore,
  dataset: DatasetName,
  said: string | null,
): Promise<{ version: Digest; releaseUnknown: boolean }> {
  const names = said === null ? [] : [said, said.replace(/^[vV](?=\d)/, '')];
  for (const name of names) {
    const version = await known(store, dataset, name);
    if (version !== null) return { version, releaseUnknown: false };
  }
  return { version: await resolveVersion(store, dataset, 'main'), releaseUnknown: said !== null };
}

async function known(store: ObjectStore, dataset: DatasetName, name: string): Promise<Digest | null> {
  try {
    return await resolveVersion(store, dataset, name);
  } catch (error) {
    const isUnknown = [NotFoundError, ConflictError, InvalidInputError].some((kind) => error instanceof kind);
    if (isUnknown) return null;
    throw error;
  }
}
