import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readConfiguration } from '../adapters/configuration.ts';
import { openObjectStore } from '../adapters/object-store.ts';
import { checkoutVersion } from '../client/checkout.ts';
import { localEnvironment } from '../infra/local/environment.ts';
import { localPaths } from '../infra/local/paths.ts';
import { s3Credentials } from '../infra/local/secrets.ts';
import { startServers, stopServers } from '../infra/local/servers.ts';
import { BENCH_DATA } from './support/python.ts';
import { printMachine } from './support/report.ts';
import { BENCH_SERIES, DATASET, publishBenchVersion } from './versions/bench-dataset.ts';
import { dvcRepository } from './versions/dvc.ts';
import { measureManifests } from './versions/manifests.ts';
import { measureVersions } from './versions/measure.ts';

// npm run bench:versions [-- full]: publishing, checking out and verifying a version beside DVC, on the same files and the same S3
// server; and manifests of many series. Images of about 2 MB; `full`: of 8 MB, as SPIDER's.
const full = process.argv.slice(2).includes('full');
const size: [number, number, number] = full ? [512, 512, 29] : [320, 320, 17];

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
printMachine();
mkdirSync(BENCH_DATA, { recursive: true });
const root = mkdtempSync(join(BENCH_DATA, 'versions-'));
const home = join(root, 'home');
const bare = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(AWS_|SPINDLE_|TEMPORAL_)/.test(name) || name.endsWith('DISABLED')),
);
try {
  await startServers(home, bare, ['s3', 'temporal']);
  const env = localEnvironment(home, bare);
  const { s3 } = readConfiguration(env);
  const store = openObjectStore(s3);
  const { endpoint = '', region, bucket } = s3;
  const start = performance.now();
  const version = await publishBenchVersion(store, size);
  const folder = join(root, 'checkout');
  const { bytes } = await checkoutVersion(store, DATASET, version, folder);
  // Whoever makes buckets is the server's own account.
  const account = s3Credentials(localPaths(home));
  const dvcStore = openObjectStore({ endpoint, region, ...account, bucket: 'dvc-bench' });
  await dvcStore.ensureBucket();
  dvcStore.close();
  const dvc = dvcRepository(join(root, 'dvc'), folder, { endpoint, ...account, bucket: 'dvc-bench' });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${BENCH_SERIES} series, ${(bytes / 1e9).toFixed(2)} GB (SPIDER: 3.7), made and stored twice in ${seconds} s`,
  );
  await measureVersions({ store, folder, root, dvc, env });
  measureManifests({ endpoint, ...account, bucket });
  store.close();
} finally {
  await stopServers(home);
  rmSync(root, { recursive: true, force: true });
}
