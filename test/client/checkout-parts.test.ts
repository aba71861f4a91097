import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { sha256 } from '../../adapters/volume.ts';
import { checkoutVersion, type CheckoutOptions } from '../../client/checkout.ts';
import { KnownFiles } from '../../client/known-files.ts';
import { verifyFolder } from '../../client/verify-version.ts';
import type { Digest } from '../../core/ids.ts';
import { versionPart } from '../../core/version-part.ts';
import { runCommandIn } from '../support/command-line.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { publish, smallSeries, smallVolume, stored } from './small-dataset.ts';

describe('a checkout', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-parts-'));
  let running: TestStore;
  let store: ObjectStore;
  let first: Digest;
  /** As the first, with another mask of 1_t2. */
  let second: Digest;
  let folder: string;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    const series = [
      await smallSeries(store, '1_t1', 11),
      await smallSeries(store, '1_t2', 12),
      await smallSeries(store, '20_t2', 13),
      await smallSeries(store, '20_t2_SPACE', 14),
    ];
    const split = { 1: 'train', 20: 'validation' } as const;
    first = await publish(store, 'spider', series, split);
    const mask = await stored(store, smallVolume(2));
    series[1] = { ...series[1]!, reference: { ...series[1]!.reference!, mask } };
    second = await publish(store, 'spider', series, split);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => void (folder = mkdtempSync(join(root, 'out-'))));

  function checkout(options: CheckoutOptions, into = folder, version = first, onProgress?: (done: number) => void) {
    return checkoutVersion(store, 'spider', version, into, onProgress, options);
  }

  const part = (split: 'train' | 'validation' | null, sequences: ('t1' | 't2' | 't2_SPACE')[] | null) => ({
    part: versionPart(split, sequences),
  });

  describe('of a part', () => {
    it.each([
      [part('validation', null), ['20_t2', '20_t2_SPACE']],
      [part(null, ['t2']), ['1_t2', '20_t2']],
      [part('validation', ['t2']), ['20_t2']],
      [part(null, ['t2_SPACE', 't1']), ['1_t1', '20_t2_SPACE']],
      [part(null, null), ['1_t1', '1_t2', '20_t2', '20_t2_SPACE']],
    ])('%j holds its series alone, and verifies', async (options, series) => {
      expect(await checkout(options)).toMatchObject({ series: series.length, written: 2 * series.length });
      for (const inner of ['images', 'masks']) {
        expect(readdirSync(join(folder, inner)).sort()).toEqual(series.map((id) => `${id}.mha`).sort());
      }
      const rows = readFileSync(join(folder, 'overview.csv'), 'utf8').trimEnd().split('\r\n').slice(1);
      expect(rows.map((row) => row.split(',')[0])).toEqual(series);
      // The manifest is that of the version, whole: its digest names it.
      expect(sha256(readFileSync(join(folder, 'version.json')))).toBe(first);
      expect(await verifyFolder(folder)).toMatchObject({ version: first, checked: 2 * series.length, findings: [] });
    });

    it('verifies as that part: a file of another series does not belong', async () => {
      await checkout(part('validation', ['t2']));
      writeFileSync(join(folder, 'masks/1_t2.mha'), 'x');
      rmSync(join(folder, 'images/20_t2.mha'));
      const { findings } = await verifyFolder(folder);
      expect(findings.map(({ key, problem }) => [key, problem])).toEqual([
        ['images/20_t2.mha', 'missing'],
        ['masks/1_t2.mha', 'unexpected'],
      ]);
      writeFileSync(join(folder, 'part.json'), '{"split":"test"}');
      await expect(verifyFolder(folder)).rejects.toThrow('part.json: content: expected the part that was checked out');
    });

    it('goes on where it was interrupted, and is no other part', async () => {
      const stop = new Error('stopped');
      const stopAtOnce = () => {
        throw stop;
      };
      await expect(checkout(part('validation', null), folder, first, stopAtOnce)).rejects.toBe(stop);
      await expect(checkout({})).rejects.toThrow('holds another part of this version');
      await expect(checkout(part('train', null))).rejects.toThrow('holds another part of this version');
      await checkout(part('validation', null));
      expect((await verifyFolder(folder)).findings).toEqual([]);
      expect(await checkout(part('validation', null))).toMatchObject({ written: 0, kept: 4 });
      const whole = join(folder, 'whole');
      await checkout({}, whole);
      await expect(checkout(part('train', null), whole)).rejects.toThrow('holds all of this version');
    });

    it('is refused without series', async () => {
      await expect(checkout(part('train', ['t2_SPACE']))).rejects.toMatchObject({ name: 'NotFoundError' });
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  describe('linked to an earlier one', () => {
    const inode = (path: string) => statSync(path).ino;

    it('writes only what changed', async () => {
      const [old, next] = [join(folder, 'old'), join(folder, 'next')];
      await checkout({}, old);
      expect(await checkout({ linkFrom: old }, next, second)).toMatchObject({ written: 1, linked: 7, kept: 0 });
      expect(inode(join(next, 'images/1_t2.mha'))).toBe(inode(join(old, 'images/1_t2.mha')));
      expect(inode(join(next, 'masks/1_t2.mha'))).not.toBe(inode(join(old, 'masks/1_t2.mha')));
      expect(await verifyFolder(next)).toMatchObject({ version: second, findings: [] });
      expect(await verifyFolder(old)).toMatchObject({ version: first, findings: [] });
    });

    it('takes nothing that is not what its digest says', async () => {
      const [old, next] = [join(folder, 'old'), join(folder, 'next')];
      await checkout({}, old);
      writeFileSync(join(old, 'images/1_t1.mha'), 'damaged');
      rmSync(join(old, 'images/1_t2.mha'));
      rmSync(join(old, 'images/20_t2.mha'));
      symlinkSync(join(old, 'images/20_t2_SPACE.mha'), join(old, 'images/20_t2.mha'));
      expect(await checkout({ linkFrom: old }, next)).toMatchObject({ written: 3, linked: 5 });
      expect((await verifyFolder(next)).findings).toEqual([]);
      expect(readFileSync(join(old, 'images/1_t1.mha'), 'utf8')).toBe('damaged');
      expect(readdirSync(join(next, 'images')).filter((name) => name.startsWith('.'))).toEqual([]);
    });

    it('takes what is known of files for what they are, unless it is told to read them', async () => {
      const [old, next, again] = ['old', 'next', 'again'].map((name) => join(folder, name)) as [string, string, string];
      await checkout({}, old);
      const image = join(old, 'images/1_t1.mha');
      const bytes = readFileSync(image);
      // Both were changed to as many bytes, and of one the index claims that it is as it was.
      for (const name of ['1_t1', '1_t2']) {
        const path = join(old, `images/${name}.mha`);
        writeFileSync(path, Buffer.from(readFileSync(path)).fill(0, 300));
      }
      await sleep(250);
      const known = KnownFiles.of(old);
      known.note('images/1_t1.mha', sha256(bytes));
      known.save();
      expect(await checkout({ linkFrom: old }, next)).toMatchObject({ written: 1, linked: 7 });
      // Verifying goes by no index unless it is asked to.
      expect((await verifyFolder(next)).findings.map(({ key }) => key)).toEqual(['images/1_t1.mha']);
      expect((await verifyFolder(next, () => {}, { quick: true })).findings).toEqual([]);
      expect(await checkout({ linkFrom: old, rehash: true }, again)).toMatchObject({ written: 2, linked: 6 });
      expect((await verifyFolder(again)).findings).toEqual([]);
      expect(await checkout({ rehash: true }, next)).toMatchObject({ written: 1, kept: 7 });
      expect((await verifyFolder(next)).findings).toEqual([]);
    });

    it('wants a checkout', async () => {
      const nothing = mkdtempSync(join(root, 'nothing-'));
      await expect(checkout({ linkFrom: nothing })).rejects.toMatchObject({ name: 'NotFoundError' });
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it('takes all this from the command line', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = running.server;
    const s3 = {
      SPINDLE_BUCKET: 'spindle',
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
      // Never asked: a checkout needs S3 alone.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    const spindle = (...args: string[]) => runCommandIn(s3, 'versions', 'checkout', ...args);
    const [old, next] = [join(folder, 'old'), join(folder, 'next')];
    await spindle(first, old);
    const wanted = ['--split', 'train', '--sequence', 't1', 't2', '--link-from', old];
    expect(await spindle(second, next, ...wanted)).toMatchObject({
      code: 0,
      stdout: `version ${second.slice(0, 12)}: 2 series in ${next} (1 files written, 3 linked)\n`,
    });
    expect(await spindle(first, join(folder, 'x'), '--split', 'test')).toMatchObject({ code: 2 });
    expect(await spindle(first, join(folder, 'x'), '--sequence', 't3')).toMatchObject({ code: 2 });
  });
});
