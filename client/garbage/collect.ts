import { randomUUID } from 'node:crypto';
import { CollectionLock } from '../../adapters/collection-lock.ts';
import { uploadFolder, type ObjectStore } from '../../adapters/object-store.ts';
import type { ListedKey } from '../../adapters/s3-bucket.ts';
import { ConflictError } from '../errors.ts';
import { neededObjects, refsNow, type Needed } from './needed.ts';
import type { OpenWork } from './open-work.ts';

/** Something stored that nothing needs. */
export interface Garbage {
  key: string;
  kind: 'version' | 'object' | 'upload' | 'probe';
  bytes: number;
  /** By the server's clock. */
  lastModified: string;
}

export interface GarbagePlan {
  /** In the order of deletion: manifests first, so that a version that is there is whole. */
  garbage: Garbage[];
  bytes: number;
  /** Objects that are needed or too young to be judged. */
  kept: { objects: number; bytes: number };
  /** The refs that it was made from. */
  refs: string;
}

const BATCH = 500;
/** A deletion that takes longer is given up: by the time that the lock may be taken away, none is under way. */
const WITHIN_MS = 60_000;

/**
 * Lists what no version, ref, catalog, model, evaluation, round report or open task needs and that has been there for longer than
 * `olderThanMs` by the server's clock: objects, versions that nothing leads to, uploads of finished work (a folder of uploads is as
 * old as its newest), leftovers of a broken-off probe. What is not of Spindle is left out. Nothing is deleted.
 */
export async function planGarbage(
  store: ObjectStore,
  tasks: OpenWork['tasks'],
  olderThanMs: number,
): Promise<GarbagePlan> {
  // Now by the server's clock, that all ages go by: an object that is being written is never older.
  const youngSince = new Date((await serverNow(store)).getTime() - olderThanMs);
  const needed = await neededObjects(
    store,
    tasks.map(({ input }) => input),
    youngSince,
  );
  const kept = { objects: 0, bytes: 0 };
  const garbage = [
    ...(await unneededVersions(store, needed, youngSince)),
    ...(await unneededObjects(store, needed, youngSince, kept)),
    ...(await finishedUploads(store, new Set(tasks.map(({ task }) => uploadFolder(task))), youngSince)),
    ...(await listed(store, 'probe/', 'probe', ({ lastModified }) => lastModified < youngSince)),
  ];
  return { garbage, bytes: garbage.reduce((sum, { bytes }) => sum + bytes, 0), kept, refs: needed.refs };
}

/**
 * Finds what nothing needs and deletes it, while no one else collects and no ref moves (adapters/collection-lock.ts): whoever wants to
 * move one waits. Throws ConflictError while anything but review tasks is under way.
 */
export async function collectGarbage(
  store: ObjectStore,
  workNow: () => Promise<OpenWork>,
  olderThanMs: number,
  onProgress: (done: number, total: number) => void = () => {},
  lock: CollectionLock = new CollectionLock(store.bucket),
): Promise<GarbagePlan> {
  await lock.take();
  try {
    const { busy, tasks } = await workNow();
    refuseBusy(busy);
    const plan = await planGarbage(store, tasks, olderThanMs);
    await deleteGarbage(store, plan, async () => (await workNow()).busy, { lock, onProgress });
    return plan;
  } finally {
    await lock.release();
  }
}

/**
 * Deletes what a plan lists, batch by batch. Before each it asks again whether anything runs and whether the refs are those that the
 * plan was made from, and throws ConflictError otherwise, also when the lock under which the plan was made was taken away. Broken off
 * anywhere, every version that is there is whole, and the next plan lists the rest. `batch`: keys deleted at a time.
 */
export async function deleteGarbage(
  store: ObjectStore,
  plan: GarbagePlan,
  busyNow: () => Promise<string[]>,
  options: { lock: CollectionLock; batch?: number; onProgress?: (done: number, total: number) => void },
): Promise<void> {
  const { lock, batch = BATCH, onProgress = () => {} } = options;
  const { garbage } = plan;
  for (let at = 0; at < garbage.length;) {
    refuseBusy(await busyNow());
    if ((await refsNow(store)) !== plan.refs) {
      throw new ConflictError('a ref has changed since it was looked up what is needed: run it again');
    }
    await lock.renew();
    // Never a version together with what it needs.
    const { kind } = garbage[at]!;
    const next = garbage.slice(at, at + batch).filter((each) => each.kind === kind);
    await store.bucket.delete(
      next.map(({ key }) => key),
      WITHIN_MS,
    );
    at += next.length;
    onProgress(at, garbage.length);
  }
}

/** Throws ConflictError when anything is under way. */
export function refuseBusy(busy: readonly string[]): void {
  if (busy.length === 0) return;
  const [first, ...others] = busy;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  throw new ConflictError(`nothing is deleted while work is under way: ${first}${more}`);
}

async function serverNow(store: ObjectStore): Promise<Date> {
  const folder = `gc/${randomUUID()}`;
  try {
    await store.putUpload(folder, new TextEncoder().encode('now'));
    for await (const { lastModified } of store.bucket.list(uploadFolder(folder))) return lastModified;
    throw new Error(`${uploadFolder(folder)}: the server does not list what was written there`);
  } finally {
    await store.deleteUploads(folder);
  }
}

async function unneededVersions(store: ObjectStore, { versions }: Needed, youngSince: Date): Promise<Garbage[]> {
  const found: Garbage[] = [];
  for (const [dataset, live] of versions) {
    const folder = `versions/${dataset}/`;
    const isUnneeded = ({ key, lastModified }: ListedKey) => {
      const digest = /^([0-9a-f]{64})\.json$/.exec(key.slice(folder.length))?.[1];
      return digest !== undefined && !live.has(digest) && lastModified < youngSince;
    };
    found.push(...(await listed(store, folder, 'version', isUnneeded)));
  }
  return found;
}

function unneededObjects(
  store: ObjectStore,
  { objects }: Needed,
  youngSince: Date,
  kept: GarbagePlan['kept'],
): Promise<Garbage[]> {
  const folder = 'objects/';
  return listed(store, folder, 'object', ({ key, bytes, lastModified }) => {
    const digest = key.slice(folder.length);
    const isObject = /^[0-9a-f]{64}$/.test(digest);
    if (isObject && !objects.has(digest) && lastModified < youngSince) return true;
    if (isObject) kept.objects++;
    if (isObject) kept.bytes += bytes;
    return false;
  });
}

async function finishedUploads(
  store: ObjectStore,
  openFolders: ReadonlySet<string>,
  youngSince: Date,
): Promise<Garbage[]> {
  const newest = new Map<string, Date>();
  const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);
  const all = await listed(store, 'uploads/', 'upload', ({ key, lastModified }) => {
    const folder = folderOf(key);
    if (!(newest.get(folder)! > lastModified)) newest.set(folder, lastModified);
    return !openFolders.has(folder);
  });
  return all.filter(({ key }) => newest.get(folderOf(key))! < youngSince);
}

async function listed(
  store: ObjectStore,
  prefix: string,
  kind: Garbage['kind'],
  isGarbage: (found: ListedKey) => boolean,
): Promise<Garbage[]> {
  const garbage: Garbage[] = [];
  for await (const found of store.bucket.list(prefix)) {
    const { key, bytes, lastModified } = found;
    if (isGarbage(found)) garbage.push({ key, kind, bytes, lastModified: lastModified.toISOString() });
  }
  return garbage;
}
