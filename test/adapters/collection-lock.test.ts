import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectionLock } from '../../adapters/collection-lock.ts';
import { objectKey } from '../../adapters/object-store.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';

const SILENT_MS = 600;

describe('the lock between garbage collection and writers', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-lock-'));
  let running: TestStore;
  beforeAll(async () => {
    running = await startTestStore(root);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const newLock = () => new CollectionLock(running.store.bucket, SILENT_MS);

  it('is one collection’s at a time; a dead one is passed over and can’t go on', async () => {
    const dead = newLock();
    await dead.take();
    const alive = setInterval(() => void dead.renew().catch(() => {}), 100);
    await expect(newLock().take()).rejects.toMatchObject({ name: 'ConflictError' });
    clearInterval(alive);
    await sleep(300);
    const next = newLock();
    await next.take();
    await expect(dead.renew()).rejects.toMatchObject({ name: 'ConflictError' });
    await dead.release();
    await expect(newLock().state()).resolves.toBeNull();
    await next.release();
    await expect(newLock().state()).resolves.not.toBeNull();
  });

  it('holds up who moves a ref until it is given back', async () => {
    const lock = new CollectionLock(running.store.bucket);
    await lock.take();
    let moved = false;
    const writing = running.store.writeRef('spider', 'tags/v1', { version: 'a' }, null).then(() => (moved = true));
    await sleep(500);
    await lock.renew();
    expect(moved).toBe(false);
    expect(await running.store.listRefs('spider')).toEqual([]);
    await lock.release();
    await writing;
    expect(await running.store.listRefs('spider')).toEqual(['tags/v1']);
  });

  it('lets what is stored again become young', async () => {
    const { store, server } = running;
    const bytes = new TextEncoder().encode('old');
    const path = join(server.data, 'spindle', objectKey((await store.putObject(bytes)).digest));
    utimesSync(path, new Date(0), new Date(0));
    await store.putObject(bytes);
    expect(statSync(path).mtimeMs).toBeGreaterThan(0);
  });
});
