import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { objectKey, versionKey, type ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha, sha256 } from '../../adapters/volume.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { verifyFolder, verifyStored } from '../../client/verify-version.ts';
import { versionLog } from '../../client/version-log.ts';
import { tagVersion } from '../../client/version-tags.ts';
import { listVersions, resolveVersion } from '../../client/versions.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import type { Digest } from '../../core/ids.ts';
import type { RoundReport } from '../../core/loop.ts';
import { SPIDER_COLUMNS } from '../../core/overview.ts';
import { TagName } from '../../core/refs.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { publish, smallSeries, smallVolume, stored } from './small-dataset.ts';

describe('versions', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-versions-'));
  let running: TestStore;
  let store: ObjectStore;
  let series: CatalogSeries[];
  let first: Digest;
  let second: Digest;
  let folder: string;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    // Two patients, three series; the masks are the same object.
    series = [
      await smallSeries(store, '1_t1', 11),
      await smallSeries(store, '1_t2', 12),
      await smallSeries(store, '20_t2_SPACE', 13),
    ];
    first = await publish(store, 'spider', series.slice(0, 1), { 1: 'train' });
    second = await publish(store, 'spider', series, { 1: 'train', 20: 'validation' });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(root, 'out-'));
  });

  it('are listed from the newest to the first', async () => {
    const common = { accepted: 0, corrected: 0, tags: [] };
    expect(await listVersions(store, 'spider')).toEqual([
      {
        version: second,
        parent: first,
        series: 3,
        patients: 2,
        train: 1,
        validation: 1,
        given: 3,
        added: 2,
        ...common,
      },
      { version: first, parent: null, series: 1, patients: 1, train: 1, validation: 0, given: 1, added: 1, ...common },
    ]);
    expect(await listVersions(store, 'nothing')).toEqual([]);
  });

  it('are found by name, digest or its beginning', async () => {
    expect(await resolveVersion(store, 'spider', 'main')).toBe(second);
    expect(await resolveVersion(store, 'spider', first)).toBe(first);
    expect(await resolveVersion(store, 'spider', first.slice(0, 8))).toBe(first);
    const nowhere = first.startsWith('ffff') ? '0000' : 'ffff';
    await expect(resolveVersion(store, 'spider', nowhere.repeat(16))).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(resolveVersion(store, 'nothing', 'main')).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(resolveVersion(store, 'spider', '../../x')).rejects.toMatchObject({ name: 'InvalidInputError' });
  });

  describe('tagged', () => {
    const set = (tag: string, version: Digest, force = false) => tagVersion(store, 'spider', { tag, version, force });

    it('are found by the tag, which stays unless it is forced', async () => {
      expect(await set('v1.0', first)).toEqual({ tag: 'v1.0', version: first, before: null });
      expect(await set('v1.0', first)).toEqual({ tag: 'v1.0', version: first, before: first });
      await set('paper', first);
      await expect(set('v1.0', second)).rejects.toMatchObject({ name: 'ConflictError' });
      expect(await resolveVersion(store, 'spider', 'v1.0')).toBe(first);
      expect((await listVersions(store, 'spider')).map(({ tags }) => tags)).toEqual([[], ['paper', 'v1.0']]);
      expect(await set('v1.0', second, true)).toMatchObject({ before: first });
      expect(await resolveVersion(store, 'spider', 'v1.0')).toBe(second);
      await expect(resolveVersion(store, 'spider', 'v2.0')).rejects.toMatchObject({ name: 'NotFoundError' });
    });

    it('lose no tag to another person who sets it at the same moment', async () => {
      const both = await Promise.allSettled([set('race', first), set('race', second)]);
      const won = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value.version] : []));
      expect(won).toHaveLength(1);
      expect(await resolveVersion(store, 'spider', 'race')).toBe(won[0]);
    });

    it('must be whole, and the name no other', async () => {
      await expect(set('gone', 'f'.repeat(64))).rejects.toMatchObject({ name: 'MissingObjectError' });
      expect(TagName.safeParse('v1.0-rc.2').success).toBe(true);
      for (const name of ['main', '3f2a', 'f'.repeat(64), '../x', 'V1', '']) {
        expect(TagName.safeParse(name).success).toBe(false);
      }
    });
  });

  it('have a history: what each changed, when it was stored, and in which round', async () => {
    await new DatasetRecords(store, 'spider').recordRound(roundReport({ frozenVersion: first, version: second }));
    const log = await versionLog(store, 'spider');
    expect(log).toMatchObject([
      {
        version: second,
        parent: first,
        rounds: [1],
        changes: ['2 series added', '1 patient added', '1 series the same'],
      },
      { version: first, parent: null, rounds: [1], changes: ['1 series added', '1 patient added'] },
    ]);
    const ages = log.map(({ stored: at }) => Date.now() - Date.parse(at!));
    expect(ages.every((age) => age > -2_000 && age < 600_000)).toBe(true);
    expect(await versionLog(store, 'spider', first)).toHaveLength(1);
  });

  describe('checked out', () => {
    it("give SPIDER's layout", async () => {
      const report = await checkoutVersion(store, 'spider', second, folder);
      expect(report).toMatchObject({ series: 3, written: 6, kept: 0 });
      expect(readdirSync(folder).sort()).toEqual(['.known-files', 'images', 'masks', 'overview.csv', 'version.json']);
      const names = ['1_t1.mha', '1_t2.mha', '20_t2_SPACE.mha'];
      for (const inner of ['images', 'masks']) expect(readdirSync(join(folder, inner)).sort()).toEqual(names);
      expect(readFileSync(join(folder, 'images/1_t2.mha'))).toEqual(Buffer.from(await encodeMha(smallVolume(12))));
      expect(sha256(readFileSync(join(folder, 'version.json')))).toBe(second);
    });

    it('bring their table', async () => {
      await checkoutVersion(store, 'spider', second, folder);
      const [header, ...rows] = readFileSync(join(folder, 'overview.csv'), 'utf8').split('\r\n');
      expect(header).toBe([...SPIDER_COLUMNS, 'hospital'].join(','));
      expect(rows).toHaveLength(4); // three series and the end of the last line
      // name, 2 vertebrae, 1 disc, sex, no age, set; 4 empty; echo time; …; pixel spacing is quoted; hospital
      expect(rows[0]).toMatch(/^1_t1,2,1,F,,training,,,,,90,,.*,"\[1\.0, 1\.0\]",.*,RH1$/);
      expect(rows[2]).toMatch(/^20_t2_SPACE,2,1,F,,validation,/);
    });

    it('verify, and what is wrong in the folder is named', async () => {
      await checkoutVersion(store, 'spider', second, folder);
      expect(await verifyFolder(folder)).toMatchObject({ version: second, checked: 6, findings: [] });
      flip(join(folder, 'masks/1_t2.mha'));
      rmSync(join(folder, 'images/20_t2_SPACE.mha'));
      writeFileSync(join(folder, 'images/notes.txt'), 'mine');
      writeFileSync(join(folder, 'overview.csv'), 'x');
      const { findings } = await verifyFolder(folder);
      expect(findings.map(({ key, problem }) => [key, problem])).toEqual([
        ['masks/1_t2.mha', 'changed'],
        ['images/20_t2_SPACE.mha', 'missing'],
        ['overview.csv', 'changed'],
        ['images/notes.txt', 'unexpected'],
      ]);
      await expect(verifyFolder(join(folder, 'images'))).rejects.toMatchObject({ name: 'NotFoundError' });
    });

    it('go on where they were interrupted, keeping what is right', async () => {
      const stop = new Error('stopped');
      const stopAfterTwo = (done: number) => {
        if (done === 2) throw stop;
      };
      await expect(checkoutVersion(store, 'spider', second, folder, stopAfterTwo)).rejects.toBe(stop);
      expect(readdirSync(folder)).not.toContain('version.json');
      const before = statSync(join(folder, 'images/1_t1.mha')).ino;
      // A power cut leaves half a file under a name of its own; somebody damages another.
      writeFileSync(join(folder, 'images/.20_t2_SPACE.mha.part'), 'half');
      flip(join(folder, 'masks/1_t1.mha'));
      const report = await checkoutVersion(store, 'spider', second, folder);
      expect(report.kept).toBeGreaterThanOrEqual(1);
      expect(report.kept + report.written).toBe(6);
      expect(statSync(join(folder, 'images/1_t1.mha')).ino).toBe(before);
      expect((await verifyFolder(folder)).findings).toEqual([]);
      expect(await checkoutVersion(store, 'spider', second, folder)).toMatchObject({ written: 0, kept: 6 });
    });

    it('leave folders alone that hold something else', async () => {
      writeFileSync(join(folder, 'thesis.txt'), 'years of work');
      const conflict = { name: 'ConflictError' };
      await expect(checkoutVersion(store, 'spider', second, folder)).rejects.toMatchObject(conflict);
      expect(readdirSync(folder)).toEqual(['thesis.txt']);
      const other = join(folder, 'other');
      await checkoutVersion(store, 'spider', first, other);
      await expect(checkoutVersion(store, 'spider', second, other)).rejects.toThrow('holds another version');
    });

    it('write nothing through a link that leads out of the folder', async () => {
      const outside = join(folder, 'outside');
      const into = join(folder, 'into');
      mkdirSync(outside);
      mkdirSync(into);
      await checkoutVersion(store, 'spider', first, into);
      rmSync(join(into, 'images'), { recursive: true });
      symlinkSync(outside, join(into, 'images'));
      await expect(checkoutVersion(store, 'spider', first, into)).rejects.toThrow('expected a folder, got a link');
      expect(readdirSync(outside)).toEqual([]);
    });
  });

  describe('verified in S3', () => {
    const onDisk = (key: string) => join(running.server.data, 'spindle', key);

    it('are whole', async () => {
      expect(await verifyStored(store, 'spider', second)).toMatchObject({ version: second, checked: 6, findings: [] });
    });

    it('name one flipped byte and one lost object', async () => {
      const [one, two, three] = series.map(({ image }) => onDisk(objectKey(image.digest))) as [string, string, string];
      const saved = [one, two, three].map((path) => readFileSync(path));
      flip(one);
      rmSync(two);
      const { checked, findings } = await verifyStored(store, 'spider', second);
      expect(checked).toBe(6);
      expect(findings.map(({ series: id, kind, key, problem }) => ({ id, kind, key, problem }))).toEqual([
        { id: '1_t1', kind: 'image', key: objectKey(series[0]!.image.digest), problem: 'changed' },
        { id: '1_t2', kind: 'image', key: objectKey(series[1]!.image.digest), problem: 'missing' },
      ]);
      const fault = await checkoutVersion(store, 'spider', second, folder).catch((error: Error) => error);
      expect(fault).toMatchObject({ message: expect.stringMatching(/^image of 1_t[12]$/) as string });
      [one, two, three].forEach((path, index) => writeFileSync(path, saved[index]!));
      expect((await verifyStored(store, 'spider', second)).findings).toEqual([]);
    });

    it('name voxels that are not those of the manifest, under a right digest', async () => {
      const wrong = { ...series[0]!, image: { ...(await stored(store, smallVolume(5))), voxelDigest: 'e'.repeat(64) } };
      const noVolume = { ...(await store.putObject(new TextEncoder().encode('no MHA'))), voxelDigest: 'e'.repeat(64) };
      const other = await publish(store, 'crooked', [wrong, { ...series[1]!, image: noVolume }], { 1: 'train' });
      const { findings } = await verifyStored(store, 'crooked', other);
      expect(findings.map(({ series: id, problem }) => [id, problem])).toEqual([
        ['1_t1', 'changed'],
        ['1_t2', 'unreadable'],
      ]);
    });

    it('name a damaged manifest', async () => {
      const version = await publish(store, 'damaged', series, { 1: 'train', 20: 'train' });
      flip(onDisk(versionKey('damaged', version)));
      const { findings } = await verifyStored(store, 'damaged', version);
      expect(findings).toMatchObject([{ series: null, kind: 'manifest', problem: 'changed' }]);
    });
  });
});

/** A report with nothing in it but the given. */
function roundReport(facts: Partial<RoundReport>): RoundReport {
  const counts = { propagated: 0, segmented: 0, reviewed: 0, accepted: 0, corrected: 0, excluded: 0, reviewMinutes: 0 };
  const none = { proposalScores: null, model: null, decision: null, evaluation: null, stop: null };
  return { round: 1, ...counts, ...none, frozenVersion: null, version: null, stages: [], remaining: 0, ...facts };
}

/** Changes one bit in the middle of a file. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}
