import { objectKey, type ObjectStore } from '../adapters/object-store.ts';
import { manifestHead, streamVersion } from '../adapters/record-stream.ts';
import { provenVolumes, volumeFault } from '../adapters/volume-fault.ts';
import { CorruptObjectError, MissingObjectError, versionKey } from '../adapters/object-store.ts';
import type { StoredVolume } from '../core/catalog.ts';
import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import { REF, TAGS, VersionPointer } from '../core/refs.ts';
import {
  joinPages,
  NOTHING_VERIFIED,
  VERIFICATIONS,
  VerificationLog,
  withVerification,
  type Finding,
  type PageResult,
  type Verification,
  type VerificationPage,
} from '../core/verification.ts';
import type { StoreDeps } from './dataset.ts';

interface PlannedVersion {
  version: Digest;
  /** An image and a mask a series; 0 where the manifest itself is at fault. */
  volumes: number;
  findings: Finding[];
}

/** What of a verification moves only small JSON. */
export function createVerificationLedgerActivities({ store }: StoreDeps) {
  return {
    /** The versions that the dataset's refs name, the main one first, each once, with how much there is to read. */
    async planVerification({ dataset }: { dataset: DatasetName }): Promise<PlannedVersion[]> {
      const planned: PlannedVersion[] = [];
      for (const version of await namedVersions(store, dataset)) planned.push(await plan(store, dataset, version));
      return planned;
    },

    /** Files the result; again the same is harmless. */
    async recordVerification(input: { dataset: DatasetName; verification: Verification }): Promise<void> {
      await store.updateRef(input.dataset, VERIFICATIONS, VerificationLog, { verifications: [] }, (log) =>
        withVerification(log, input.verification),
      );
    },
  };
}

/** What of a verification reads volumes. */
export function createVerificationActivities({ store }: StoreDeps) {
  return {
    /**
     * Reads a part of the volumes of a version from S3 and holds their bytes against their digests, and their voxels where those are
     * not proven by an earlier verification. Volumes that versions before it have are left out. One volume at a time: several
     * pages run side by side.
     */
    async verifyPage({ dataset, versions, from, count }: VerificationPage): Promise<PageResult> {
      const proven = await provenVolumes(store, dataset);
      const known = new Set<Digest>();
      for (const earlier of versions.slice(0, -1)) {
        for await (const { stored } of volumesOf(store, dataset, earlier)) known.add(stored.digest);
      }
      const page: Volume[] = [];
      let at = 0;
      for await (const volume of volumesOf(store, dataset, versions.at(-1)!)) {
        if (at >= from && at < from + count && !known.has(volume.stored.digest)) page.push(volume);
        at++;
      }
      let result = NOTHING_VERIFIED;
      for (const volume of page) result = joinPages(result, await verifyVolume(store, volume, proven));
      return result;
    },
  };
}

interface Volume {
  series: SeriesId;
  kind: 'image' | 'mask';
  stored: StoredVolume;
}

async function* volumesOf(store: ObjectStore, dataset: DatasetName, version: Digest): AsyncGenerator<Volume> {
  for await (const { series, image, reference } of streamVersion(store, dataset, version)) {
    yield { series, kind: 'image', stored: image };
    yield { series, kind: 'mask', stored: reference.mask };
  }
}

async function verifyVolume(
  store: ObjectStore,
  { series, kind, stored }: Volume,
  proven: ReadonlyMap<Digest, Digest>,
): Promise<PageResult> {
  const key = objectKey(stored.digest);
  const read = async () => (await store.bucket.read(key))?.bytes ?? null;
  const fault = await volumeFault(
    stored,
    `${kind} of ${series}`,
    read,
    proven.get(stored.digest) !== stored.voxelDigest,
  );
  const bytes = fault?.problem === 'missing' ? 0 : stored.bytes;
  return { ...NOTHING_VERIFIED, checked: 1, bytes, findings: fault ? [{ series, kind, key, ...fault }] : [] };
}

async function namedVersions(store: ObjectStore, dataset: DatasetName): Promise<Digest[]> {
  const tags = (await store.listRefs(dataset)).filter((name) => name.startsWith(`${TAGS}/`));
  const versions = new Set<Digest>();
  for (const name of [REF.main, ...tags]) {
    const pointer = await store.readRef(dataset, name, VersionPointer);
    if (pointer) versions.add(pointer.value.version);
  }
  return [...versions];
}

async function plan(store: ObjectStore, dataset: DatasetName, version: Digest): Promise<PlannedVersion> {
  const finding = { series: null, kind: 'manifest', key: versionKey(dataset, version) } as const;
  try {
    await manifestHead(store, dataset, version);
  } catch (error) {
    if (error instanceof MissingObjectError)
      return { version, volumes: 0, findings: [{ ...finding, problem: 'missing', detail: 'nothing there' }] };
    if (error instanceof CorruptObjectError)
      return { version, volumes: 0, findings: [{ ...finding, problem: 'changed', detail: error.message }] };
    throw error;
  }
  let volumes = 0;
  for await (const _ of volumesOf(store, dataset, version)) volumes++;
  return { version, volumes, findings: [] };
}
