import { createReadStream } from 'node:fs';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { objectKey, openObjectStore } from '../../adapters/object-store.ts';
import { publishCatalog } from '../../adapters/publication.ts';
import { manifestHead } from '../../adapters/record-stream.ts';
import { spooled } from '../../adapters/spool.ts';
import { diffStored } from '../../client/manifest-diff.ts';
import { CatalogPointer, REF } from '../../core/refs.ts';
import { bigCatalog } from './big-dataset.ts';

// A process of its own, so that its peak is that of one action on a version of many series; prints what it took as JSON.
// usage: manifest-memory.ts <endpoint> <access key> <secret key> <bucket> <series> fill|publish|open|diff [changed series]
const [endpoint, accessKeyId, secretAccessKey, bucket, count, action, changed = '0'] = process.argv.slice(2);
const DATASET = `big-${count}`;
const store = openObjectStore({
  endpoint: endpoint!,
  accessKeyId: accessKeyId!,
  secretAccessKey: secretAccessKey!,
  region: 'us-east-1',
  bucket: bucket!,
});
const records = new DatasetRecords(store, DATASET);
const before = process.memoryUsage.rss() / 1024;
const start = performance.now();
const result = await act();
const ms = performance.now() - start;
process.stdout.write(JSON.stringify({ ms, beforeKb: before, peakKb: process.resourceUsage().maxRSS, result }));
store.close();

async function act(): Promise<unknown> {
  switch (action ?? 'none') {
    case 'fill':
      return fill();
    case 'publish':
      return publishCatalog(store, DATASET);
    case 'open':
      return Object.keys((await manifestHead(store, DATASET, (await records.mainVersion())!)).split).length;
    case 'diff': {
      const main = (await records.mainVersion())!;
      const { parent } = await manifestHead(store, DATASET, main);
      return (await diffStored(store, DATASET, parent, main)).diff.changed.length;
    }
    default:
      throw new Error(`no action ${action}`);
  }
}

/** Makes the catalog of a dataset whose first series have changed. */
async function fill(): Promise<number> {
  const content = bigCatalog(DATASET, Number(count), new Set(Array.from({ length: Number(changed) }, (_, at) => at)));
  const ref = await spooled(content, async ({ path, length, digest }) => {
    const file = { open: () => createReadStream(path), length, checksum: digest };
    await store.bucket.writeStream(objectKey(digest), file, 'any');
    return { digest, bytes: length };
  });
  const pointer = await store.readRef(DATASET, REF.catalog, CatalogPointer);
  await store.writeRef(DATASET, REF.catalog, { catalog: ref }, pointer?.etag ?? null);
  return ref.bytes;
}
