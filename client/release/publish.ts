import { RefConflictError, type ObjectStore } from '../../adapters/object-store.ts';
import type { PrivateKey } from '../../adapters/signing-key.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { DatasetName, Digest } from '../../core/ids.ts';
import { redGates, type ReleaseGate } from '../../core/release-gates.ts';
import { RELEASE_SCHEMA, RELEASES, type Release, type ReleaseName, type ReleasePointer } from '../../core/release.ts';
import { ConflictError } from '../errors.ts';
import { signStored, type Signed } from '../signatures.ts';
import { listTags, tagVersion } from '../version-tags.ts';
import { readVersion } from '../versions.ts';
import type { CheckedRelease } from './measure.ts';
import { readRelease } from './published.ts';
import { sinceBefore } from './since-before.ts';

export interface PublishedReport {
  name: ReleaseName;
  version: Digest;
  release: Digest;
  published: string;
  /** It was published before, with the same version. */
  already: boolean;
  signatures: Signed[];
}

/** Gates of a release are red, or what publishing asks for is not there. */
export class ReleaseRefusedError extends ConflictError {
  constructor(
    name: ReleaseName,
    readonly red: readonly ReleaseGate[],
  ) {
    const list = red.map(({ gate, measured, threshold }) => `${gate} (${measured}; asked for: ${threshold})`);
    super(`release ${name} is not published: ${list.join('; ')}`);
  }
}

/**
 * Publishes a release that was checked just now:
 *   1. a red gate, a missing key where the policy asks for one, or a tag of that name on another version refuse it; nothing is written;
 *   2. the record is stored, manifest and record are signed where there is a key, then the ref is written where there is none, then the
 *      version is tagged. Broken off anywhere, the same again completes it.
 * Of two publishers one wins, and the other is refused unless it publishes the very same version. Throws ReleaseRefusedError,
 * ConflictError.
 */
export async function publishRelease(
  store: ObjectStore,
  dataset: DatasetName,
  { draft, gates, serving }: CheckedRelease,
  { key, software, now = new Date() }: { key: PrivateKey | null; software: string; now?: Date },
): Promise<PublishedReport> {
  const { name, version, policy } = draft;
  const red = redGates(gates);
  if (red.length > 0) throw new ReleaseRefusedError(name, red);
  if (policy.signature.required && key === null) {
    throw new ConflictError(`release ${name} is not published: its policy asks for a signature, and there is no key`);
  }
  const tagged = (await listTags(store, dataset)).get(name);
  if (tagged !== undefined && tagged !== version) {
    throw new ConflictError(`release ${name} is not published: the tag of that name is version ${tagged.slice(0, 12)}`);
  }
  const record: Release = {
    schema: RELEASE_SCHEMA,
    dataset,
    ...draft,
    ...(await sinceBefore(store, dataset, draft)),
    gates,
    evaluation: serving?.evaluation ?? null,
    tables: serving?.tables.cells ?? [],
    software,
  };
  const bytes = new TextEncoder().encode(canonicalJson(record));
  const release = await store.putObject(bytes);
  const signatures = key ? [await signManifest(store, dataset, version, key)] : [];
  if (key) signatures.push(await signStored(store, dataset, 'release', bytes, key));
  const pointer = await written(store, dataset, name, { release, version, published: now.toISOString() });
  if (key && pointer.release.digest !== signatures[1]!.of) {
    // Published before by a record of that time: that one is it.
    signatures[1] = await signStored(store, dataset, 'release', (await readRelease(store, dataset, name)).bytes, key);
  }
  await tagVersion(store, dataset, { tag: name, version });
  const { published, already } = pointer;
  return { name, version, release: pointer.release.digest, published, already, signatures };
}

async function signManifest(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  key: PrivateKey,
): Promise<Signed> {
  return signStored(store, dataset, 'version', (await readVersion(store, dataset, version)).bytes, key);
}

async function written(
  store: ObjectStore,
  dataset: DatasetName,
  name: ReleaseName,
  pointer: ReleasePointer,
): Promise<ReleasePointer & { already: boolean }> {
  try {
    await store.writeRef(dataset, `${RELEASES}/${name}`, pointer, null);
    return { ...pointer, already: false };
  } catch (error) {
    if (!(error instanceof RefConflictError)) throw error;
  }
  const there = (await readRelease(store, dataset, name)).pointer;
  if (there.version === pointer.version) return { ...there, already: true };
  throw new ConflictError(`release ${name} is published, as version ${there.version.slice(0, 12)}, and stays`);
}
