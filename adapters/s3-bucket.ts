import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { InvalidInputError } from '../core/invalid-input.ts';
import { attemptsOf, CorruptObjectError, isConditionFailure, isNotFound, isPermanentStoreFault } from './s3-errors.ts';
import { sha256 } from './volume.ts';

export interface StoreOptions {
  /** Absent for AWS itself. */
  endpoint?: string;
  region: string;
  bucket: string;
  /** Absent together: the SDK's default chain (environment, profile, web identity, instance role). */
  accessKeyId?: string;
  secretAccessKey?: string;
  /** The same as one value, with a session token where there is one. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Buckets in the path rather than in the host name. Default: true when there is an endpoint. */
  forcePathStyle?: boolean;
}

export interface ListedKey {
  key: string;
  bytes: number;
  lastModified: Date;
}

/** `any`: write whatever is there. `absent`: only if there is nothing. Otherwise only if the object still has this ETag. */
export type WriteCondition = 'any' | 'absent' | { etag: string };

/** The outcome of a conditional write. `etag` names what is now stored under the key. */
export type WriteResult = { written: true; etag: string } | { written: false };

const CONNECT_MS = 5_000;
/** Without a byte for so long, a request is given up and tried again. */
const SILENCE_MS = 60_000;
const ATTEMPTS = 5;
const STREAM_BACK_OFF_MS = 200;

/** One S3 bucket: whole keys in and out, each write with its SHA-256. Everything above this class knows nothing of the SDK. */
export class S3Bucket {
  private readonly client: S3Client;
  readonly bucket: string;

  constructor(options: StoreOptions) {
    const credentials = options.credentials ?? pair(options);
    this.bucket = options.bucket;
    this.client = new S3Client({
      region: options.region,
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      forcePathStyle: options.forcePathStyle ?? options.endpoint !== undefined,
      maxAttempts: ATTEMPTS,
      // Whoever reads an object by its digest checks it and can name it; the SDK's own error can't.
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: SILENCE_MS, throwOnRequestTimeout: true },
    });
  }

  /** Makes the bucket where there is none. */
  async ensure(): Promise<void> {
    try {
      await this.client.send(new HeadBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.client.send(new CreateBucketCommand({ Bucket: this.bucket })).catch((failure: unknown) => {
        if (!(failure instanceof S3ServiceException && failure.name === 'BucketAlreadyOwnedByYou')) throw failure;
      });
    }
  }

  /** The bytes under a key and their ETag, as they come; null when there is nothing. */
  async read(key: string): Promise<{ bytes: Uint8Array; etag: string } | null> {
    return this.get(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
  }

  /** Like `read`, for keys that aren't named by a digest: throws CorruptObjectError when the checksum stored beside is another. */
  async readChecked(key: string): Promise<{ bytes: Uint8Array; etag: string } | null> {
    try {
      return await this.get(new GetObjectCommand({ Bucket: this.bucket, Key: key, ChecksumMode: 'ENABLED' }));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('Checksum mismatch'))) throw error;
      throw new CorruptObjectError(key, 'as stored beside it', 'another');
    }
  }

  /** The bytes under a key as they arrive, unchecked; null when there is nothing. */
  async stream(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      const answer = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return answer.Body as Readable;
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  private async get(request: GetObjectCommand): Promise<{ bytes: Uint8Array; etag: string } | null> {
    try {
      const answer = await this.client.send(request);
      return { bytes: await answer.Body!.transformToByteArray(), etag: answer.ETag ?? '' };
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async exists(key: string): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /**
   * Writes a key whole or not at all. `checksum` is the SHA-256 that the server must find (lower-case hexadecimal); computed
   * from the bytes unless given. A condition that doesn't hold is an answer, not an error.
   */
  async write(
    key: string,
    bytes: Uint8Array,
    condition: WriteCondition,
    checksum: string = sha256(bytes),
  ): Promise<WriteResult> {
    const request = new PutObjectCommand({
      Bucket: this.bucket,
      Key: key,
      Body: bytes,
      ContentLength: bytes.byteLength,
      ContentType: key.endsWith('.json') ? 'application/json' : 'application/octet-stream',
      ChecksumSHA256: Buffer.from(checksum, 'hex').toString('base64'),
      ...(condition === 'absent' ? { IfNoneMatch: '*' } : {}),
      ...(typeof condition === 'object' ? { IfMatch: condition.etag } : {}),
    });
    try {
      const answer = await this.client.send(request);
      return { written: true, etag: answer.ETag ?? '' };
    } catch (error) {
      const refused = isConditionFailure(error) || (typeof condition === 'object' && isNotFound(error));
      if (condition === 'any' || !refused) throw error;
      return attemptsOf(error) > 1 ? this.ownWrite(key, checksum) : { written: false };
    }
  }

  /**
   * Writes `length` bytes with this SHA-256 that `open` gives, again from the start when a request fails in passing. Tells whether
   * it wrote: not where there is something under the key and the condition is that there is nothing.
   */
  async writeStream(
    key: string,
    { open, length, checksum }: { open: () => Readable; length: number; checksum: string },
    condition: 'any' | 'absent',
  ): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const request = new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: open(),
        ContentLength: length,
        ContentType: key.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        ChecksumSHA256: Buffer.from(checksum, 'hex').toString('base64'),
        ...(condition === 'absent' ? { IfNoneMatch: '*' } : {}),
      });
      try {
        await this.client.send(request);
        return true;
      } catch (error) {
        if (condition === 'absent' && isConditionFailure(error)) return false;
        if (isPermanentStoreFault(error) || attempt === ATTEMPTS) throw error;
        await sleep(attempt * STREAM_BACK_OFF_MS);
      }
    }
  }

  /**
   * After a repeated request, a failed condition may be the echo of our own first try, whose answer was lost: then the key
   * holds exactly what we wrote.
   */
  private async ownWrite(key: string, checksum: string): Promise<WriteResult> {
    const stored = await this.read(key);
    const own = stored !== null && sha256(stored.bytes) === checksum;
    return own ? { written: true, etag: stored.etag } : { written: false };
  }

  /** Every key that begins with the prefix, ascending. */
  async *list(prefix: string): AsyncGenerator<ListedKey> {
    let token: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key) yield { key: Key, bytes: Size ?? 0, lastModified: LastModified ?? new Date(0) };
      }
      token = page.NextContinuationToken;
    } while (token);
  }

  /** The folders directly below a prefix that ends with a slash, by name, ascending. */
  async folders(prefix: string): Promise<string[]> {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
      );
      for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix) names.push(Prefix.slice(prefix.length, -1));
      token = page.NextContinuationToken;
    } while (token);
    return names.sort();
  }

  /** Deletes keys; those that aren't there are no error. Of each request nothing is awaited after `withinMs`. */
  async delete(keys: readonly string[], withinMs = 5 * SILENCE_MS): Promise<void> {
    for (let at = 0; at < keys.length; at += 1000) {
      const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
      const answer = await this.client.send(
        new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } }),
        { abortSignal: AbortSignal.timeout(withinMs) },
      );
      const failed = answer.Errors?.[0];
      if (failed) throw new Error(`${failed.Key}: not deleted: ${failed.Code} ${failed.Message}`);
    }
  }

  /** Closes the connections; nothing can be asked afterwards. */
  close(): void {
    this.client.destroy();
  }
}

function pair({ accessKeyId, secretAccessKey }: StoreOptions): StoreOptions['credentials'] {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  const lacking = accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey';
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new InvalidInputError('object store', lacking, 'both parts of the credentials or neither', 'one of them');
  }
  return { accessKeyId, secretAccessKey };
}
