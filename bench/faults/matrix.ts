import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { ObjectStore } from '../../adapters/object-store.ts';
import { S3Bucket, type StoreOptions } from '../../adapters/s3-bucket.ts';
import { verifyStored } from '../../client/verify-version.ts';
import { faultyBucket, InjectedFault, type Loss } from './faulty-bucket.ts';
import { collectAll, DATASET, type Scene } from './scenes.ts';

export interface FaultRow {
  scene: Scene['name'];
  loss: Loss;
  /** Requests that an undisturbed run makes, at each of which one run was broken off. */
  points: number;
  /** Runs after which a ref named a version that is not whole. */
  incomplete: number;
  /** Runs whose repetition gave another result than an undisturbed run. */
  different: number;
  /** Runs after whose repetition a collection left something that an undisturbed run does not leave, or took something. */
  orphans: number;
}

/** Breaks a scene off at each of its requests in turn, each in a bucket of its own; then looks, does it again, and collects garbage. */
export async function faultRow(
  s3: Omit<StoreOptions, 'bucket'>,
  root: string,
  scene: Scene,
  loss: Loss,
): Promise<FaultRow> {
  const row: FaultRow = { scene: scene.name, loss, points: 0, incomplete: 0, different: 0, orphans: 0 };
  const undisturbed = await broken(s3, root, scene, loss, 0);
  row.points = undisturbed.requests;
  for (let at = 1; at <= row.points; at++) {
    const { result, keys, whole } = await broken(s3, root, scene, loss, at);
    if (!whole) row.incomplete++;
    if (result !== undisturbed.result) row.different++;
    if (keys !== undisturbed.keys) row.orphans++;
  }
  return row;
}

async function broken(s3: Omit<StoreOptions, 'bucket'>, root: string, scene: Scene, loss: Loss, at: number) {
  const name = `${scene.name}-${loss}-${at}`;
  const folder = join(root, name);
  const real = new S3Bucket({ ...s3, bucket: name });
  const store = new ObjectStore(real);
  try {
    await store.ensureBucket();
    await scene.prepare(store, folder);
    const faulty = faultyBucket(real, at, loss);
    const first = await scene.run(new ObjectStore(faulty.bucket), folder).catch((error: unknown) => {
      if (!(error instanceof Error) || !isInjected(error)) throw error;
      return null;
    });
    const requests = faulty.requests();
    const whole = await isWhole(store);
    const result = first !== null && at === 0 ? first : await scene.run(store, folder);
    await collectAll(store);
    const keys: string[] = [];
    for await (const { key } of real.list('')) if (!key.startsWith('locks/')) keys.push(key);
    return { requests, whole: whole && (await isWhole(store)), result, keys: keys.join('\n') };
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function isInjected(error: Error): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof InjectedFault) return true;
  return false;
}

/** Whether all that the main ref and its ancestors need is there and right. */
async function isWhole(store: ObjectStore): Promise<boolean> {
  let version = await new DatasetRecords(store, DATASET).mainVersion();
  while (version !== null) {
    if ((await verifyStored(store, DATASET, version)).findings.length > 0) return false;
    version = (await store.getVersion(DATASET, version)).parent;
  }
  return true;
}
