import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, 'manifest-memory.ts');
const COUNTS = [10_000, 100_000];
const ACTIONS = [
  ['publish a first version', 'fill', '0', 'publish'],
  ['publish after 10 changes', 'fill', '10', 'publish'],
  ['open', null, '10', 'open'],
  ['diff with the version before', null, '10', 'diff'],
] as const;

/** Opens, compares and publishes versions of very many series, each in a process of its own, and prints what memory that took. */
export function measureManifests(s3: {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
}): void {
  console.log('\nManifests of many series, read and written series by series');
  console.log(`${'what'.padEnd(34)}${'series'.padStart(9)}${'seconds'.padStart(10)}${'peak MB'.padStart(10)}`);
  for (const count of COUNTS) {
    const run = (action: string, changed: string) => {
      const args = [s3.endpoint, s3.accessKeyId, s3.secretAccessKey, s3.bucket, `${count}`, action, changed];
      const text = execFileSync(process.execPath, ['--import', 'tsx', SCRIPT, ...args], { encoding: 'utf8' });
      return JSON.parse(text) as { ms: number; peakKb: number };
    };
    for (const [what, preparation, changed, action] of ACTIONS) {
      if (preparation) run(preparation, changed);
      const { ms, peakKb } = run(action, changed);
      const [seconds, megabytes] = [(ms / 1000).toFixed(1), (peakKb / 1024).toFixed(0)];
      console.log(`${what.padEnd(34)}${`${count}`.padStart(9)}${seconds.padStart(10)}${megabytes.padStart(10)}`);
    }
  }
}
