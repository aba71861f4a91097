import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../adapters/configuration.ts';
import { localEnvironment } from '../infra/local/environment.ts';
import { localPaths } from '../infra/local/paths.ts';
import { s3Credentials } from '../infra/local/secrets.ts';
import { startServers, stopServers } from '../infra/local/servers.ts';
import { faultRow } from './faults/matrix.ts';
import { LOSSES } from './faults/faulty-bucket.ts';
import { SCENES } from './faults/scenes.ts';

// npm run bench:faults: what is broken off at every one of its requests, on an S3 server of its own (docs/faults.md).
const root = mkdtempSync(join(tmpdir(), 'spindle-faults-'));
const home = join(root, 'home');
const bare: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(AWS_|SPINDLE_|TEMPORAL_)/.test(name)),
);
// No Temporal is needed; naming one keeps the local one out of it.
bare['TEMPORAL_ADDRESS'] = '127.0.0.1:9';
let wrong = 0;
try {
  await startServers(home, bare, ['s3']);
  const { endpoint = '', region } = readConfiguration(localEnvironment(home, bare)).s3;
  // Whoever makes buckets is the server's own account.
  const s3 = { endpoint, region };
  console.log('what        lost      broken off at   incomplete versions   other result   orphans');
  for (const scene of SCENES) {
    for (const loss of LOSSES) {
      const row = await faultRow({ ...s3, ...s3Credentials(localPaths(home)) }, root, scene, loss);
      const { points, incomplete, different, orphans } = row;
      console.log(
        `${scene.name.padEnd(12)}${loss.padEnd(10)}${`${points} requests`.padEnd(16)}${`${incomplete}`.padEnd(22)}${`${different}`.padEnd(15)}${orphans}`,
      );
      wrong += incomplete + different + orphans;
    }
  }
} finally {
  await stopServers(home);
  rmSync(root, { recursive: true, force: true });
}
process.exitCode = wrong > 0 ? 1 : 0;
