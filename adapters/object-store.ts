import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { canonicalJson } from '../core/canonical-json.ts';
import { DatasetName, Digest, type ObjectRef } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { Manifest } from '../core/manifest.ts';
import { CollectionLock, writeYoung } from './collection-lock.ts';
import { S3Bucket, type StoreOptions, type WriteCondition } from './s3-bucket.ts';
import { CorruptObjectError, MissingObjectError, RefConflictError } from './s3-errors.ts';
import { objectKey, refKey, refsFolder, uploadFolder, uploadKey, versionKey, versionsFolder } from './s3-keys.ts';
import { probeBucket } from './s3-probe.ts';
import { sha256 } from './volume.ts';

export { S3Bucket, type StoreOptions } from './s3-bucket.ts';
export * from './s3-errors.ts';
export * from './s3-keys.ts';

/** Opens a bucket as an object store. No request is made yet. */
export function openObjectStore(options: StoreOptions): ObjectStore {
  return new ObjectStore(new S3Bucket(options));
}

/** A value of a ref and the ETag it was read with. */
export interface RefValue<T> {
  value: T;
  etag: string;
}

const UPDATE_ATTEMPTS = 40;
const BACK_OFF_MS = 20;
const LONGEST_BACK_OFF_MS = 1_000;

/**
 * The storage of docs/format.md: immutable objects by digest, versions, and refs moved by compare-and-swap. Every read of an
 * object, upload or version verifies its digest. Requests that fail in passing are repeated by the SDK; for what is left see
 * `isPermanentStoreFault`.
 */
export class ObjectStore {
  constructor(readonly bucket: S3Bucket) {}

  /** Makes the bucket where there is none. */
  ensureBucket(): Promise<void> {
    return this.bucket.ensure();
  }

  /** Throws StoreUnusableError when the server lacks something that Spindle relies on. Leaves nothing behind. */
  probe(): Promise<void> {
    return probeBucket(this.bucket);
  }

  /** Stores bytes under their digest. Those that are there already become young again, so that no collection takes them away. */
  async putObject(bytes: Uint8Array): Promise<ObjectRef> {
    const digest = sha256(bytes);
    const put = (condition: WriteCondition) => this.bucket.write(objectKey(digest), bytes, condition, digest);
    await writeYoung(this.bucket, async (condition) => (await put(condition)).written);
    return { digest, bytes: bytes.byteLength };
  }

  /** Throws MissingObjectError, CorruptObjectError. */
  getObject(digest: Digest): Promise<Uint8Array> {
    return this.readVerified(objectKey(digest), digest);
  }

  hasObject(digest: Digest): Promise<boolean> {
    return this.bucket.exists(objectKey(digest));
  }

  /** Stores a value as canonical JSON: the same value always gets the same name. */
  putJson(value: unknown): Promise<ObjectRef> {
    return this.putObject(encode(value));
  }

  /** Throws MissingObjectError, CorruptObjectError, and InvalidInputError when the object isn't of the schema. */
  async getJson<T>(digest: Digest, schema: z.ZodType<T>): Promise<T> {
    return decode(await this.getObject(digest), objectKey(digest), schema);
  }

  /** Stores a manifest under the digest of its canonical JSON, which it returns. */
  async putVersion(dataset: DatasetName, manifest: Manifest): Promise<Digest> {
    if (manifest.dataset !== dataset) {
      throw new InvalidInputError('manifest', 'dataset', dataset, manifest.dataset);
    }
    const bytes = encode(manifest);
    const digest = sha256(bytes);
    const put = (condition: WriteCondition) => this.bucket.write(versionKey(dataset, digest), bytes, condition, digest);
    await writeYoung(this.bucket, async (condition) => (await put(condition)).written);
    return digest;
  }

  /** The same for a manifest in a file, of any size. */
  async putVersionFile(dataset: DatasetName, file: { path: string; length: number; digest: Digest }): Promise<Digest> {
    const { path, length, digest } = file;
    const key = versionKey(dataset, digest);
    const content = { open: () => createReadStream(path), length, checksum: digest };
    await writeYoung(this.bucket, (condition) => this.bucket.writeStream(key, content, condition));
    return digest;
  }

  /** Throws MissingObjectError, CorruptObjectError, and InvalidInputError for a manifest of another schema. */
  async getVersion(dataset: DatasetName, digest: Digest): Promise<Manifest> {
    const key = versionKey(dataset, digest);
    return decode(await this.readVerified(key, digest), key, Manifest);
  }

  /** The stored versions of a dataset, oldest first. The order is by the server's clock: for a list, not for a decision. */
  async listVersions(dataset: DatasetName): Promise<{ digest: Digest; lastModified: Date }[]> {
    const folder = versionsFolder(dataset);
    const versions: { digest: Digest; lastModified: Date }[] = [];
    for await (const { key, lastModified } of this.bucket.list(folder)) {
      const digest = Digest.safeParse(key.slice(folder.length, -'.json'.length));
      if (digest.success) versions.push({ digest: digest.data, lastModified });
    }
    return versions.sort((a, b) => a.lastModified.getTime() - b.lastModified.getTime());
  }

  /** The datasets that have a ref, ascending. */
  async listDatasets(): Promise<DatasetName[]> {
    const names = await this.bucket.folders('refs/');
    return names.filter((name) => DatasetName.safeParse(name).success);
  }

  /** The names of a dataset's refs, ascending. */
  async listRefs(dataset: DatasetName): Promise<string[]> {
    const folder = refsFolder(dataset);
    const names: string[] = [];
    for await (const { key } of this.bucket.list(folder)) {
      if (key.endsWith('.json')) names.push(key.slice(folder.length, -'.json'.length));
    }
    return names;
  }

  /** Null when the ref was never written. Throws InvalidInputError when what it holds isn't of the schema. */
  async readRef<T>(dataset: DatasetName, name: string, schema: z.ZodType<T>): Promise<RefValue<T> | null> {
    const key = refKey(dataset, name);
    const stored = await this.bucket.readChecked(key);
    return stored && { value: decode(stored.bytes, key, schema), etag: stored.etag };
  }

  /**
   * Writes a ref if it still is what was read: `etag` of that read, null when there was none. Returns the new ETag.
   * Throws RefConflictError. An ETag names content, so a ref that changed and changed back counts as unchanged.
   * Waits while garbage is being collected: what was there before this call and is there after it stays as long as the ref names it.
   */
  async writeRef(dataset: DatasetName, name: string, value: unknown, etag: string | null): Promise<string> {
    const key = refKey(dataset, name);
    const lock = new CollectionLock(this.bucket);
    const before = await lock.free();
    const result = await this.bucket.write(key, encode(value), etag === null ? 'absent' : { etag });
    if (!result.written) throw new RefConflictError(key);
    if ((await lock.state()) !== before) await lock.free();
    return result.etag;
  }

  /**
   * Reads a ref (`initial` when there is none), changes it and writes it back, again from the start while others write in
   * between. `change` may therefore run several times. Writes nothing when the value stays the same. Returns the new value.
   * Throws RefConflictError after 40 lost attempts.
   */
  async updateRef<T>(
    dataset: DatasetName,
    name: string,
    schema: z.ZodType<T>,
    initial: T,
    change: (value: T) => T | Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const stored = await this.readRef(dataset, name, schema);
      const before = stored?.value ?? initial;
      const unchanged = canonicalJson(before);
      const after = await change(before);
      if (canonicalJson(after) === unchanged) return after;
      try {
        await this.writeRef(dataset, name, after, stored?.etag ?? null);
        return after;
      } catch (error) {
        if (!(error instanceof RefConflictError) || attempt === UPDATE_ATTEMPTS) throw error;
      }
      await sleep(Math.random() * Math.min(LONGEST_BACK_OFF_MS, BACK_OFF_MS * 2 ** attempt));
    }
  }

  /** Stores bytes that aren't data yet, in a folder of their own: `uploads/<folder>/<digest>`. */
  async putUpload(folder: string, bytes: Uint8Array): Promise<ObjectRef> {
    const digest = sha256(bytes);
    await this.bucket.write(uploadKey(folder, digest), bytes, 'any', digest);
    return { digest, bytes: bytes.byteLength };
  }

  /** Throws MissingObjectError, CorruptObjectError. */
  getUpload(folder: string, digest: Digest): Promise<Uint8Array> {
    return this.readVerified(uploadKey(folder, digest), digest);
  }

  /** Deletes the uploads of a folder and of those below it. */
  async deleteUploads(folder: string): Promise<void> {
    const keys: string[] = [];
    for await (const { key } of this.bucket.list(uploadFolder(folder))) keys.push(key);
    await this.bucket.delete(keys);
  }

  /** Closes the connections; nothing can be asked afterwards. */
  close(): void {
    this.bucket.close();
  }

  private async readVerified(key: string, digest: Digest): Promise<Uint8Array> {
    const stored = await this.bucket.read(key);
    if (!stored) throw new MissingObjectError(key);
    const got = sha256(stored.bytes);
    if (got !== digest) throw new CorruptObjectError(key, digest, got);
    return stored.bytes;
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

function decode<T>(bytes: Uint8Array, key: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new InvalidInputError(key, 'content', 'JSON in UTF-8', `${bytes.byteLength} bytes that are not`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidInputError(
    key,
    issue?.path.join('.') || 'content',
    'what its schema says',
    issue?.message ?? 'other',
  );
}
