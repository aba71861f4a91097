import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CorruptObjectError,
  isPermanentStoreFault,
  MissingObjectError,
  RefConflictError,
  type ObjectStore,
} from '../../adapters/object-store.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { MANIFEST_SCHEMA, type Manifest } from '../../core/manifest.ts';

const NOTHING = createHash('sha256').update('').digest('hex');
const Counter = z.object({ count: z.int(), by: z.array(z.string()) });
type Counter = z.infer<typeof Counter>;
const EMPTY: Manifest = { schema: MANIFEST_SCHEMA, dataset: 'spine', parent: null, series: [], split: {} };

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What every object store must do, whatever server stands behind it. `store` is asked for in each test. */
export function objectStoreContract(store: () => ObjectStore): void {
  let datasets = 0;
  const freshDataset = () => `set-${process.pid}-${datasets++}`;
  objects(store);
  versions(store);
  refs(store, freshDataset);
  uploads(store);
}

function objects(store: () => ObjectStore): void {
  describe('objects', () => {
    it('stores bytes under their SHA-256 and gives them back', async () => {
      const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) % 251);
      const ref = await store().putObject(bytes);
      expect(ref).toEqual({ digest: digest(bytes), bytes: 100_000 });
      expect(await store().getObject(ref.digest)).toEqual(bytes);
      expect(await store().hasObject(ref.digest)).toBe(true);
    });

    it('takes the same bytes again, several times at once, and no bytes at all', async () => {
      const bytes = text('the same');
      const refs = await Promise.all(Array.from({ length: 6 }, () => store().putObject(bytes)));
      expect(new Set(refs.map((ref) => ref.digest))).toEqual(new Set([digest(bytes)]));
      expect(await store().putObject(new Uint8Array(0))).toEqual({ digest: NOTHING, bytes: 0 });
      expect(await store().getObject(NOTHING)).toHaveLength(0);
    });

    it('stores a view into a larger buffer, and one of 6 MB', async () => {
      const large = Buffer.alloc(6_000_000, 'spine ');
      const view = new Uint8Array(large.buffer, large.byteOffset + 5, 5_999_990);
      const ref = await store().putObject(view);
      expect(digest(await store().getObject(ref.digest))).toBe(digest(view));
    });

    it('names the key of an object that is missing, as a permanent fault', async () => {
      const absent = digest(text('never stored'));
      expect(await store().hasObject(absent)).toBe(false);
      const error = await store()
        .getObject(absent)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MissingObjectError);
      expect((error as Error).message).toContain(`objects/${absent}`);
      expect(isPermanentStoreFault(error)).toBe(true);
    });

    it('names the key of an object whose bytes are others, as a permanent fault', async () => {
      const promised = digest(text('promised'));
      await store().bucket.write(`objects/${promised}`, text('delivered'), 'any');
      const error = await store()
        .getObject(promised)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CorruptObjectError);
      expect(error).toMatchObject({ key: `objects/${promised}`, expected: promised, got: digest(text('delivered')) });
      expect(isPermanentStoreFault(error)).toBe(true);
    });

    it('stores JSON canonically and checks its schema', async () => {
      const ref = await store().putJson({ by: ['a'], count: 2 });
      expect(ref).toEqual(await store().putJson({ count: 2, by: ['a'] }));
      expect(ref.digest).toBe(digest(text('{"by":["a"],"count":2}')));
      expect(await store().getJson(ref.digest, Counter)).toEqual({ count: 2, by: ['a'] });
      await expect(store().getJson(ref.digest, z.object({ count: z.string() }))).rejects.toThrow(/count: expected/);
      const { digest: notJson } = await store().putObject(Uint8Array.of(0xff, 0xfe));
      await expect(store().getJson(notJson, Counter)).rejects.toThrow(InvalidInputError);
    });

    it('refuses what is no digest before it asks the server', async () => {
      for (const wrong of ['', '../refs/spine/head', 'A'.repeat(64), `${NOTHING}/x`]) {
        await expect(async () => store().getObject(wrong)).rejects.toThrow(InvalidInputError);
      }
    });
  });
}

function versions(store: () => ObjectStore): void {
  describe('versions', () => {
    it('stores a manifest under the digest of its canonical JSON, once', async () => {
      const first = await store().putVersion('spine', EMPTY);
      expect(first).toBe(
        digest(text('{"dataset":"spine","parent":null,"schema":"spindle.manifest/1","series":[],"split":{}}')),
      );
      expect(await store().putVersion('spine', { ...EMPTY })).toBe(first);
      const second = await store().putVersion('spine', { ...EMPTY, parent: first });
      expect(await store().getVersion('spine', second)).toEqual({ ...EMPTY, parent: first });
      const listed = (await store().listVersions('spine')).map((version) => version.digest);
      expect(listed.toSorted()).toEqual([first, second].toSorted());
    });

    it('refuses another dataset’s manifest, and names a missing or changed one', async () => {
      await expect(store().putVersion('other', EMPTY)).rejects.toThrow(/dataset: expected other, got spine/);
      await expect(store().getVersion('spine', NOTHING)).rejects.toThrow(`versions/spine/${NOTHING}.json`);
      const changed = digest(text('changed'));
      await store().bucket.write(`versions/changed/${changed}.json`, text('{}'), 'any');
      await expect(store().getVersion('changed', changed)).rejects.toThrow(CorruptObjectError);
      expect(await store().listVersions('no-such')).toEqual([]);
    });
  });
}

function refs(store: () => ObjectStore, freshDataset: () => string): void {
  describe('refs', () => {
    it('are null until written, then hold what was written', async () => {
      const dataset = freshDataset();
      expect(await store().readRef(dataset, 'head', Counter)).toBeNull();
      const etag = await store().writeRef(dataset, 'head', { count: 1, by: [] }, null);
      expect(await store().readRef(dataset, 'head', Counter)).toEqual({ value: { count: 1, by: [] }, etag });
      expect(await store().listDatasets()).toContain(dataset);
    });

    it('move only from what was read', async () => {
      const dataset = freshDataset();
      const first = await store().writeRef(dataset, 'head', { count: 1, by: [] }, null);
      await expect(store().writeRef(dataset, 'head', { count: 9, by: [] }, null)).rejects.toThrow(RefConflictError);
      await store().writeRef(dataset, 'head', { count: 2, by: [] }, first);
      const stale = store().writeRef(dataset, 'head', { count: 9, by: [] }, first);
      await expect(stale).rejects.toThrow(`refs/${dataset}/head.json`);
      await expect(store().writeRef(dataset, 'absent', { count: 1, by: [] }, first)).rejects.toThrow(RefConflictError);
      expect((await store().readRef(dataset, 'head', Counter))?.value.count).toBe(2);
    });

    it('lose no update when many change one at the same time', async () => {
      const dataset = freshDataset();
      const zero: Counter = { count: 0, by: [] };
      const names = Array.from({ length: 12 }, (_, i) => `writer-${i}`);
      await Promise.all(
        names.map((name) =>
          store().updateRef(dataset, 'counter', Counter, zero, (value) => ({
            count: value.count + 1,
            by: [...value.by, name],
          })),
        ),
      );
      const { value } = (await store().readRef(dataset, 'counter', Counter))!;
      expect(value.count).toBe(12);
      expect(value.by.toSorted()).toEqual(names.toSorted());
      expect(zero).toEqual({ count: 0, by: [] });
    });

    it('are not written when nothing changed, even if the change edits in place', async () => {
      const dataset = freshDataset();
      const same = await store().updateRef(dataset, 'counter', Counter, { count: 0, by: [] }, (value) => value);
      expect(same).toEqual({ count: 0, by: [] });
      expect(await store().readRef(dataset, 'counter', Counter)).toBeNull();
      await store().updateRef(dataset, 'counter', Counter, { count: 0, by: [] }, (value) => {
        value.count = 5;
        return value;
      });
      expect((await store().readRef(dataset, 'counter', Counter))?.value.count).toBe(5);
    });

    it('pass on what the change throws, and refuse a ref of another schema and a bad name', async () => {
      const dataset = freshDataset();
      const failing = store().updateRef(dataset, 'counter', Counter, { count: 0, by: [] }, () => {
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await store().writeRef(dataset, 'counter', { other: true }, null);
      await expect(store().readRef(dataset, 'counter', Counter)).rejects.toThrow(InvalidInputError);
      for (const name of ['', 'a/../b', 'A', '/a', 'a/']) {
        await expect(async () => store().readRef(dataset, name, Counter)).rejects.toThrow(/ref: expected/);
      }
      await expect(async () => store().readRef('../x', 'head', Counter)).rejects.toThrow(/dataset: expected/);
    });
  });
}

function uploads(store: () => ObjectStore): void {
  describe('uploads', () => {
    it('are kept by folder, verified, and deleted with their folder only', async () => {
      const task = 'spine/1/107_t2_SPACE';
      const bytes = text('a mask');
      const ref = await store().putUpload(task, bytes);
      const neighbour = await store().putUpload(`${task}x`, bytes);
      expect(await store().putUpload(task, bytes)).toEqual(ref);
      expect(await store().getUpload(task, ref.digest)).toEqual(bytes);
      expect(await store().hasObject(ref.digest)).toBe(false);
      await store().deleteUploads(task);
      await store().deleteUploads(task);
      await expect(store().getUpload(task, ref.digest)).rejects.toThrow(`uploads/${task}/${ref.digest}`);
      expect(await store().getUpload(`${task}x`, neighbour.digest)).toEqual(bytes);
      expect(await store().putUpload(task, bytes)).toEqual(ref);
      expect(await store().getUpload(task, ref.digest)).toEqual(bytes);
      await store().bucket.write(`uploads/${task}/${NOTHING}`, bytes, 'any');
      await expect(store().getUpload(task, NOTHING)).rejects.toThrow(CorruptObjectError);
      await expect(async () => store().putUpload('../objects', bytes)).rejects.toThrow(/folder: expected/);
    });
  });
}
