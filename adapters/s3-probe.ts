import { randomUUID } from 'node:crypto';
import { isPermanentStoreFault, StoreUnusableError } from './s3-errors.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { sha256 } from './volume.ts';

const RACERS = 8;

/**
 * Tries on the server itself what Spindle relies on: creating a key only once, replacing only what was read, one winner when
 * several write at once, a wrong checksum refused. Leaves nothing behind. Throws StoreUnusableError that names what is lacking.
 */
export async function probeBucket(bucket: S3Bucket): Promise<void> {
  const folder = `probe/${randomUUID()}`;
  const checks: [string, () => Promise<boolean>][] = [
    ['a second create of the same key (If-None-Match: *) was not refused', () => createsOnce(bucket, `${folder}/once`)],
    ['a write over a changed object (stale If-Match) was not refused', () => swapsOnlyFresh(bucket, `${folder}/swap`)],
    [`${RACERS} conditional creates at once did not have one winner`, () => oneCreates(bucket, `${folder}/race`)],
    [`${RACERS} conditional writes at once did not have one winner`, () => oneSwaps(bucket, `${folder}/swap-race`)],
    ['a body with a wrong SHA-256 checksum was not refused', () => refusesWrongSum(bucket, `${folder}/sum`)],
  ];
  const lacking: string[] = [];
  try {
    for (const [lack, holds] of checks) if (!(await holds())) lacking.push(lack);
  } finally {
    await bucket.delete(['once', 'swap', 'race', 'swap-race', 'sum'].map((name) => `${folder}/${name}`));
  }
  if (lacking.length > 0) throw new StoreUnusableError(lacking);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

async function createsOnce(bucket: S3Bucket, key: string): Promise<boolean> {
  const first = await bucket.write(key, text('first'), 'absent');
  const second = await bucket.write(key, text('second'), 'absent');
  const stored = await bucket.read(key);
  return first.written && !second.written && stored !== null && sha256(stored.bytes) === sha256(text('first'));
}

async function swapsOnlyFresh(bucket: S3Bucket, key: string): Promise<boolean> {
  const first = await bucket.write(key, text('first'), 'absent');
  if (!first.written) return false;
  const second = await bucket.write(key, text('second'), { etag: first.etag });
  const stale = await bucket.write(key, text('third'), { etag: first.etag });
  return second.written && !stale.written && second.etag !== first.etag;
}

async function oneCreates(bucket: S3Bucket, key: string): Promise<boolean> {
  const racers = Array.from({ length: RACERS }, (_, i) => bucket.write(key, text(`racer ${i}`), 'absent'));
  return (await Promise.all(racers)).filter((result) => result.written).length === 1;
}

async function oneSwaps(bucket: S3Bucket, key: string): Promise<boolean> {
  const first = await bucket.write(key, text('first'), 'absent');
  if (!first.written) return false;
  const condition = { etag: first.etag };
  const racers = Array.from({ length: RACERS }, (_, i) => bucket.write(key, text(`racer ${i}`), condition));
  return (await Promise.all(racers)).filter((result) => result.written).length === 1;
}

async function refusesWrongSum(bucket: S3Bucket, key: string): Promise<boolean> {
  try {
    await bucket.write(key, text('body'), 'any', sha256(text('another body')));
    return false;
  } catch (error) {
    if (!isPermanentStoreFault(error)) throw error;
    return !(await bucket.exists(key));
  }
}
