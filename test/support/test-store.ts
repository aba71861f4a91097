import { join } from 'node:path';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { startVersitygw, type RunningVersitygw } from './versitygw.ts';

/** An object store on a real S3 server of the test's own, so that a test can damage what lies on its disk. */
export interface TestStore {
  server: RunningVersitygw;
  store: ObjectStore;
  stop(): Promise<void>;
}

/** Starts a server with its data in `s3/` below `root` and opens an empty bucket `spindle` in it. */
export async function startTestStore(root: string): Promise<TestStore> {
  const server = await startVersitygw(join(root, 's3'));
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const store = openObjectStore({ endpoint, accessKeyId, secretAccessKey, region: 'us-east-1', bucket: 'spindle' });
  await store.ensureBucket();
  return {
    server,
    store,
    async stop() {
      store.close();
      await server.stop();
    },
  };
}
