import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Catalog, CatalogSeries, compareSeries } from '../core/catalog.ts';
import type { DatasetName, Digest, ObjectRef } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { Manifest, ManifestSeries } from '../core/manifest.ts';
import { jsonParts } from './json-stream.ts';
import { CorruptObjectError, MissingObjectError, objectKey, versionKey, type ObjectStore } from './object-store.ts';
import { sha256 } from './volume.ts';

/** A manifest without its series. */
export type ManifestHead = Omit<Manifest, 'series'>;
/** A catalog without its series. */
export type CatalogHead = Omit<Catalog, 'series'>;

const SERIES = 'series';

/**
 * Reads a manifest series by series, so that memory holds one whatever the version's size, and returns the rest of it at the end,
 * which is also when the digest is known to be right: until then nothing may be done that can't be undone.
 * Throws MissingObjectError, CorruptObjectError and InvalidInputError.
 */
export async function* streamVersion(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
): AsyncGenerator<ManifestSeries, ManifestHead> {
  const key = versionKey(dataset, version);
  const head = yield* streamSeries(store, key, version, (bytes) => parsed(ManifestSeries, bytes, key));
  return checked(Manifest.omit({ series: true }), head, key);
}

/** A manifest's head alone, by reading all of it. */
export function manifestHead(store: ObjectStore, dataset: DatasetName, version: Digest): Promise<ManifestHead> {
  return returned(streamVersion(store, dataset, version));
}

/** The series of a manifest as they are stored, unparsed. */
export function streamVersionBytes(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
): AsyncGenerator<Uint8Array, unknown> {
  return streamSeries(store, versionKey(dataset, version), version, (bytes) => bytes);
}

/** The same as `streamVersion` for a catalog; not `checked` by its schema where it was a moment ago. */
export async function* streamCatalog(
  store: ObjectStore,
  { digest }: ObjectRef,
  options: { checked?: boolean } = {},
): AsyncGenerator<CatalogSeries, CatalogHead> {
  const key = objectKey(digest);
  const schema = options.checked === false ? z.custom<CatalogSeries>() : CatalogSeries;
  const head = yield* streamSeries(store, key, digest, (bytes) => parsed(schema, bytes, key));
  return checked(Catalog.omit({ series: true }), head, key);
}

/** What a generator returns, whatever it yields. */
export async function returned<R>(generator: AsyncGenerator<unknown, R>): Promise<R> {
  for (;;) {
    const next = await generator.next();
    if (next.done) return next.value;
  }
}

/** Both of a series of two versions, one of them null where the other version alone has it. */
export type SeriesPair = [before: ManifestSeries | null, after: ManifestSeries | null];

/**
 * Goes through two versions side by side and returns their heads. Both are ascending by study and sequence, as docs/format.md
 * demands. Throws InvalidInputError when one is not, and what `streamVersion` throws.
 */
export async function* streamPairs(
  store: ObjectStore,
  dataset: DatasetName,
  versions: readonly [Digest, Digest],
): AsyncGenerator<SeriesPair, [ManifestHead, ManifestHead]> {
  const [old, recent] = versions.map((version) => ascending(store, dataset, version)) as [Ascending, Ascending];
  let [before, after] = [await old.next(), await recent.next()];
  while (!before.done || !after.done) {
    const order = before.done ? 1 : after.done ? -1 : compareSeries(before.value, after.value);
    yield [order <= 0 ? (before.value as ManifestSeries) : null, order >= 0 ? (after.value as ManifestSeries) : null];
    if (order <= 0) before = await old.next();
    if (order >= 0) after = await recent.next();
  }
  return [before.value, after.value];
}

type Ascending = AsyncGenerator<ManifestSeries, ManifestHead>;

async function* ascending(store: ObjectStore, dataset: DatasetName, version: Digest): Ascending {
  const stream = streamVersion(store, dataset, version);
  let last: ManifestSeries | null = null;
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done) return next.value;
    if (last && compareSeries(last, next.value) >= 0) {
      const key = versionKey(dataset, version);
      throw new InvalidInputError(key, 'series', `a series after ${last.series}`, next.value.series);
    }
    yield (last = next.value);
  }
}

async function* streamSeries<T>(
  store: ObjectStore,
  key: string,
  digest: Digest,
  made: (bytes: Uint8Array) => T,
): AsyncGenerator<T, Record<string, unknown>> {
  const chunks = await store.bucket.stream(key);
  if (!chunks) throw new MissingObjectError(key);
  const hash = createHash('sha256');
  const head: Record<string, unknown> = {};
  try {
    for await (const { member, isElement, bytes } of jsonParts(hashed(chunks, hash), SERIES, key)) {
      if (isElement) yield made(bytes);
      else head[member] = parsed(z.unknown(), bytes, key);
    }
  } catch (error) {
    // What is damaged need not be JSON any more: the digest says what is the matter.
    if (!(error instanceof InvalidInputError)) throw error;
    const stored = await store.bucket.read(key);
    const got = stored && sha256(stored.bytes);
    throw got !== null && got !== digest ? new CorruptObjectError(key, digest, got) : error;
  }
  const got = hash.digest('hex');
  if (got !== digest) throw new CorruptObjectError(key, digest, got);
  return head;
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function parsed<T>(schema: z.ZodType<T>, bytes: Uint8Array, key: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new InvalidInputError(key, 'content', 'JSON in UTF-8', `${bytes.byteLength} bytes that are not`);
  }
  return checked(schema, value, key);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, key: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new InvalidInputError(
    key,
    issue?.path.join('.') || 'content',
    'what its schema says',
    issue?.message ?? 'other',
  );
}
