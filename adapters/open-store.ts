import type { S3Configuration } from './configuration.ts';
import { openObjectStore, type ObjectStore } from './object-store.ts';

/**
 * Opens the configured bucket, makes it where there is none, and tries on it what Spindle relies on: what every long-running
 * process does first. Throws StoreUnusableError when the server lacks something.
 */
export async function openProbedStore(s3: S3Configuration): Promise<ObjectStore> {
  const store = openObjectStore(s3);
  await store.ensureBucket();
  await store.probe();
  return store;
}
