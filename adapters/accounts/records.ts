import { canonicalJson } from '../../core/canonical-json.ts';
import type { z } from 'zod';
import { parsedJson } from '../parsed-json.ts';
import type { S3Bucket, WriteCondition } from '../s3-bucket.ts';
import { RefConflictError } from '../s3-errors.ts';

/** What records need of a bucket. */
export type RecordBucket = Pick<S3Bucket, 'readChecked' | 'write' | 'list' | 'delete' | 'exists'>;

const ATTEMPTS = 20;

/** A record and the ETag it was read with; null when there is none. Throws InvalidInputError when it isn't of the schema. */
export async function readRecord<T>(
  bucket: RecordBucket,
  key: string,
  schema: z.ZodType<T>,
): Promise<{ value: T; etag: string } | null> {
  const stored = await bucket.readChecked(key);
  return stored && { value: parsedJson(stored.bytes, schema, key, 'what its schema says'), etag: stored.etag };
}

/** Writes a record under a condition; whether it was written. */
export async function writeRecord(
  bucket: RecordBucket,
  key: string,
  value: unknown,
  condition: WriteCondition,
): Promise<boolean> {
  return (await bucket.write(key, recordBytes(value), condition)).written;
}

/**
 * Changes a record by compare-and-swap, again from the start while others write in between. Null when there is none. Throws
 * RefConflictError after 20 lost attempts.
 */
export async function changeRecord<T>(
  bucket: RecordBucket,
  key: string,
  schema: z.ZodType<T>,
  change: (value: T) => T,
): Promise<T | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stored = await readRecord(bucket, key, schema);
    if (!stored) return null;
    const after = change(stored.value);
    if (canonicalJson(after) === canonicalJson(stored.value)) return after;
    if (await writeRecord(bucket, key, after, { etag: stored.etag })) return after;
  }
  throw new RefConflictError(key);
}

/** A record's bytes: canonical JSON. */
export function recordBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
