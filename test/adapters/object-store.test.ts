import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  isPermanentStoreFault,
  openObjectStore,
  StoreUnusableError,
  type ObjectStore,
} from '../../adapters/object-store.ts';
import { objectStoreContract } from '../contract/object-store.ts';
import { startCarelessS3, startProxy } from '../support/bad-network.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

let dir: string;
let server: RunningVersitygw;
let store: ObjectStore;
const open = (changes = {}) => openObjectStore({ ...server, region: 'us-east-1', bucket: 'spindle', ...changes });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spindle-store-'));
  server = await startVersitygw(dir);
  store = open();
  await store.ensureBucket();
});
afterAll(async () => {
  store?.close();
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

objectStoreContract(() => store);

describe('an S3 server', () => {
  it('is taken when it does all that is relied on; the probe leaves nothing and can be repeated', async () => {
    await store.ensureBucket();
    await store.probe();
    await store.probe();
    const left: string[] = [];
    for await (const { key } of store.bucket.list('probe/')) left.push(key);
    expect(left).toEqual([]);
  });

  it('lists more keys than fit one page, and deletes them', async () => {
    const names = Array.from({ length: 1003 }, (_, i) => `uploads/many/${String(i).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((key) => store.bucket.write(key, Uint8Array.of(1), 'any')));
    }
    const listed: string[] = [];
    for await (const { key } of store.bucket.list('uploads/many/')) listed.push(key);
    expect(listed).toEqual(names);
    await store.deleteUploads('many');
    for await (const { key } of store.bucket.list('uploads/many/')) expect(key).toBeUndefined();
  });

  it('finds one byte that was flipped on its disk', async () => {
    const { digest } = await store.putObject(Uint8Array.from({ length: 1000 }, (_, i) => i % 256));
    const path = join(server.data, 'spindle', 'objects', digest);
    const bytes = await readFile(path);
    bytes[500]! ^= 1;
    await writeFile(path, bytes);
    const error = await store.getObject(digest).catch((reason: unknown) => reason);
    expect((error as Error).message).toContain(digest);
    expect(isPermanentStoreFault(error)).toBe(true);
  });

  it('keeps everything through kill -9', async () => {
    const refs = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.putObject(Buffer.alloc(50_000, `object ${i} `))),
    );
    await store.writeRef('killed', 'head', { n: 1 }, null);
    await server.kill();
    server = await startVersitygw(dir, server);
    for (const { digest, bytes } of refs) expect(await store.getObject(digest)).toHaveLength(bytes);
    expect((await store.readRef('killed', 'head', z.object({ n: z.int() })))?.value).toEqual({ n: 1 });
  });

  it('is a permanent fault with wrong credentials or without the bucket, a passing one when it is down', async () => {
    const faultOf = async (other: ObjectStore) => {
      const error = await other.putObject(Uint8Array.of(1)).catch((reason: unknown) => reason);
      other.close();
      expect(error).toBeInstanceOf(Error);
      return isPermanentStoreFault(error);
    };
    expect(await faultOf(open({ secretAccessKey: 'wrong' }))).toBe(true);
    expect(await faultOf(open({ bucket: 'no-such-bucket' }))).toBe(true);
    expect(await faultOf(open({ endpoint: 'http://127.0.0.1:9' }))).toBe(false);
    const noBucket = open({ bucket: 'no-such-bucket' });
    await expect(noBucket.readRef('spine', 'head', z.unknown())).rejects.toThrow();
    noBucket.close();
  });

  it('needs both parts of the credentials or neither', () => {
    const half = { region: 'us-east-1', bucket: 'spindle', accessKeyId: 'a' };
    expect(() => openObjectStore(half)).toThrow(/secretAccessKey: expected both parts/);
  });
});

describe('a network that loses things', () => {
  const Log = z.object({ entries: z.array(z.string()) });

  it('is asked again after a 503', async () => {
    const network = await startProxy(server.endpoint, (_, n) => (n === 1 ? 'refuse' : 'pass'));
    const through = open({ endpoint: network.endpoint });
    const { digest } = await through.putObject(Buffer.from('after a 503'));
    expect(await store.hasObject(digest)).toBe(true);
    expect(network.requests()).toBe(2);
    through.close();
    await network.stop();
  });

  it('does not make an update happen twice when the answer to the write was lost', async () => {
    const network = await startProxy(server.endpoint, (method, n) => (method === 'PUT' && n <= 2 ? 'lose' : 'pass'));
    const through = open({ endpoint: network.endpoint });
    const append = { entries: ['once'] };
    await through.updateRef('lossy', 'log', Log, { entries: [] }, ({ entries }) => ({ entries: [...entries, 'once'] }));
    expect((await store.readRef('lossy', 'log', Log))?.value).toEqual(append);
    expect(network.requests()).toBeGreaterThan(2);
    through.close();
    await network.stop();
  });

  it('names a ref whose bytes changed on the disk', async () => {
    await store.writeRef('flipped', 'head', { n: 1 }, null);
    await writeFile(join(server.data, 'spindle', 'refs', 'flipped', 'head.json'), '{"n":2}');
    const reading = store.readRef('flipped', 'head', z.unknown());
    await expect(reading).rejects.toThrow(/refs\/flipped\/head\.json: expected SHA-256 as stored/);
  });
});

describe('a server that ignores conditions and checksums', () => {
  it('is refused by the probe, which says what is lacking', async () => {
    const careless = await startCarelessS3();
    const other = open({ endpoint: careless.endpoint });
    const error = await other.probe().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnusableError);
    expect((error as StoreUnusableError).lacking).toHaveLength(5);
    expect((error as Error).message).toMatch(/If-None-Match.*If-Match.*one winner.*checksum/s);
    expect(careless.keys()).toEqual([]);
    other.close();
    await careless.stop();
  });
});
