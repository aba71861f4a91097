import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultRow } from '../../bench/faults/matrix.ts';
import { LOSSES } from '../../bench/faults/faulty-bucket.ts';
import { SCENES } from '../../bench/faults/scenes.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

// docs/faults.md says what is shown here; `npm run bench:faults` prints it as a table.
describe('broken off at every request', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-faults-'));
  let server: RunningVersitygw;
  beforeAll(async () => {
    server = await startVersitygw(join(root, 's3'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const cases = SCENES.flatMap((scene) => LOSSES.map((loss) => [scene.name, loss, scene] as const));
  it.each(cases)(
    '%s, with the %s lost, leaves every version whole, and done again gives the same',
    async (_, loss, scene) => {
      const { endpoint, accessKeyId, secretAccessKey } = server;
      const row = await faultRow({ endpoint, accessKeyId, secretAccessKey, region: 'us-east-1' }, root, scene, loss);
      expect(row).toMatchObject({ incomplete: 0, different: 0, orphans: 0 });
      expect(row.points).toBeGreaterThan(5);
    },
    300_000,
  );
});
