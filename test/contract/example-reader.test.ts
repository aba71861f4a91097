import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectKey, type ObjectStore } from '../../adapters/object-store.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { KNOWN_FILES } from '../../client/known-files.ts';
import { verifyFolder } from '../../client/verify-version.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import type { Grid } from '../../core/geometry.ts';
import type { Digest } from '../../core/ids.ts';
import { publish, smallSeries, smallVolume, stored } from '../client/small-dataset.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { PYTHON, ROOT } from './trainer.ts';

const run = promisify(execFile);

// A reader that was written from docs/format.md reads what Spindle wrote.
describe('docs/examples/read_version.py', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-reader-'));
  let running: TestStore;
  let store: ObjectStore;
  let series: CatalogSeries[];
  let version: Digest;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    series = [await smallSeries(store, '1_t1', 11), await tilted('20_t2_SPACE')];
    version = await publish(store, 'spider', series, { 1: 'train', 20: 'validation' });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  /** On a grid of numbers that Python and ECMAScript print in different ways. */
  async function tilted(name: '20_t2_SPACE'): Promise<CatalogSeries> {
    const [c, s] = [Math.sqrt(1 - 5e-5 ** 2), 5e-5];
    const grid: Grid = {
      size: [4, 3, 2],
      spacingMm: [0.6875, 1, 4.400000095367432],
      originLpsMm: [1e-7, -120.5, 100],
      direction: [c, -s, 0, s, c, 0, 0, 0, 1],
    };
    const entry = await smallSeries(store, name, 12);
    const [image, mask] = [
      { ...smallVolume(12), grid },
      { ...smallVolume(1), grid },
    ];
    return {
      ...entry,
      grid,
      image: await stored(store, image),
      reference: { ...entry.reference!, mask: await stored(store, mask) },
    };
  }

  function read(which: string, folder: string) {
    const { endpoint, accessKeyId, secretAccessKey } = running.server;
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    const script = join(ROOT, 'docs/examples/read_version.py');
    return run(PYTHON, [script, 'spindle', 'spider', which, folder], { env });
  }

  it('checks out the same files as Spindle does', async () => {
    const [theirs, ours] = [join(root, 'theirs'), join(root, 'ours')];
    expect((await read('main', theirs)).stdout).toContain(`version ${version}: every volume is in ${theirs}`);
    await checkoutVersion(store, 'spider', version, ours);
    const files = (folder: string) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length))
        .sort();
    const names = files(theirs);
    const added = ['/overview.csv', `/${KNOWN_FILES}`];
    expect(names).toEqual(files(ours).filter((name) => !added.includes(name)));
    expect(names).toHaveLength(5);
    for (const name of names) expect(readFileSync(join(theirs, name))).toEqual(readFileSync(join(ours, name)));
    // The table and the index are Spindle's own additions; a folder is whole without the index.
    expect((await verifyFolder(theirs)).findings).toMatchObject([{ key: 'overview.csv', problem: 'missing' }]);
  });

  it('names a changed object, and voxels that are others than the manifest says', async () => {
    const path = join(running.server.data, 'spindle', objectKey(series[0]!.image.digest));
    const bytes = readFileSync(path);
    const flipped = Buffer.from(bytes);
    flipped[flipped.length >> 1]! ^= 1;
    writeFileSync(path, flipped);
    const refused = read(version, join(root, 'changed'));
    await expect(refused).rejects.toMatchObject({
      code: 1,
      stderr: `${objectKey(series[0]!.image.digest)}: other bytes than its name says\n`,
    });
    writeFileSync(path, bytes);
    const image = { ...(await stored(store, smallVolume(5))), voxelDigest: series[0]!.image.voxelDigest };
    const crooked = await publish(store, 'spider', [{ ...series[0]!, image }], { 1: 'train' });
    await expect(read(crooked, join(root, 'crooked'))).rejects.toMatchObject({
      code: 1,
      stderr: 'images/1_t1.mha: other voxels than the manifest says\n',
    });
  });
});
