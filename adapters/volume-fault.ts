import { webcrypto } from 'node:crypto';
import type { StoredVolume } from '../core/catalog.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { lastClean, VERIFICATIONS, VerificationLog, type Finding } from '../core/verification.ts';
import { CorruptObjectError, MissingObjectError, type ObjectStore } from './object-store.ts';
import { streamVersion } from './record-stream.ts';
import { decodeMha, voxelDigest } from './volume.ts';

export type VolumeFault = Pick<Finding, 'problem' | 'detail'>;

/**
 * What is wrong with a volume that `read` gives (null: nothing there), or null. Its bytes are always held against their digest, off
 * the main thread; its voxels where `voxels` says so: bytes whose digest is right can't hold other voxels than they held before.
 */
export async function volumeFault(
  stored: StoredVolume,
  name: string,
  read: () => Promise<Uint8Array | null>,
  voxels: boolean,
): Promise<VolumeFault | null> {
  let bytes: Uint8Array | null;
  try {
    bytes = await read();
  } catch (error) {
    if (!isAboutThisFile(error)) throw error;
    return { problem: 'unreadable', detail: (error as Error).message };
  }
  if (!bytes) return { problem: 'missing', detail: 'nothing there' };
  const digest = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
  if (digest !== stored.digest) return { problem: 'changed', detail: differing(digest) };
  if (!voxels) return null;
  try {
    const found = voxelDigest(await decodeMha(bytes, name));
    return found === stored.voxelDigest ? null : { problem: 'changed', detail: `voxels: ${differing(found)}` };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { problem: 'unreadable', detail: error.message };
  }
}

/** How a finding tells what is there instead. */
export function differing(digest: string): string {
  return `SHA-256 is ${digest.slice(0, 12)}…`;
}

/** A server's answer or a file system's: other faults (nobody answers) say nothing about the data. */
function isAboutThisFile(error: unknown): boolean {
  const { $metadata, syscall } = error as { $metadata?: { httpStatusCode?: number }; syscall?: string };
  return $metadata?.httpStatusCode !== undefined || syscall === 'open' || syscall === 'read';
}

/** What volumes hold, by their bytes: which voxels. */
export type ProvenVolumes = ReadonlyMap<Digest, Digest>;

/**
 * The volumes of the versions that the last clean nightly verification decoded: which voxels their bytes hold is known for good.
 * Empty without one, or when one of those versions is not there any more.
 */
export async function provenVolumes(store: ObjectStore, dataset: DatasetName): Promise<ProvenVolumes> {
  const proven = new Map<Digest, Digest>();
  const log = await store.readRef(dataset, VERIFICATIONS, VerificationLog);
  const clean = log && lastClean(log.value);
  try {
    for (const version of clean?.versions ?? []) {
      for await (const { image, reference } of streamVersion(store, dataset, version)) {
        for (const { digest, voxelDigest: voxels } of [image, reference.mask]) proven.set(digest, voxels);
      }
    }
  } catch (error) {
    if (error instanceof MissingObjectError || error instanceof CorruptObjectError) return new Map();
    throw error;
  }
  return proven;
}
