import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refKey, versionKey, type ObjectStore } from '../../adapters/object-store.ts';
import { createKeyPair, privateKeyOf, publicKeyOf } from '../../adapters/signing-key.ts';
import { checkSignatures, signersOf, signStored } from '../../client/signatures.ts';
import { verifyChain } from '../../client/version-chain.ts';
import { tagVersion } from '../../client/version-tags.ts';
import { readVersion } from '../../client/versions.ts';
import type { Digest } from '../../core/ids.ts';
import { REF, VersionPointer } from '../../core/refs.ts';
import { signatureRef } from '../../core/signature.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { publish, smallSeries } from './small-dataset.ts';

const DATASET = 'chained';

describe('the chain of versions', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-chain-'));
  const pair = createKeyPair();
  const [secret, key] = [privateKeyOf(pair.privatePem, 'k'), publicKeyOf(pair.publicPem, 'k')];
  let running: TestStore;
  let store: ObjectStore;
  let one: Digest;
  let two: Digest;
  let three: Digest;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    const series = [await smallSeries(store, '1_t1', 5)];
    one = await publish(store, DATASET, series, { 1: 'train' });
    series.push(await smallSeries(store, '2_t1', 6));
    two = await publish(store, DATASET, series, { 1: 'train', 2: 'train' });
    series.push(await smallSeries(store, '3_t1', 7));
    three = await publish(store, DATASET, series, { 1: 'train', 2: 'train', 3: 'validation' });
    await tagVersion(store, DATASET, { tag: 'v3', version: three });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const onDisk = (key: string) => join(running.server.data, 'spindle', key);
  const sign = async (version: Digest) =>
    signStored(store, DATASET, 'version', (await readVersion(store, DATASET, version)).bytes, secret);
  const problems = async (version = three, options: Parameters<typeof verifyChain>[3] = {}) =>
    (await verifyChain(store, DATASET, version, options)).findings.map(
      ({ problem, version: of }) => `${problem} ${[one, two, three].indexOf(of) + 1}`,
    );
  const moveMain = async (version: Digest) => {
    const before = await store.readRef(DATASET, REF.main, VersionPointer);
    await store.writeRef(DATASET, REF.main, { version }, before?.etag ?? null);
  };

  it('is whole from main to the root', async () => {
    const report = await verifyChain(store, DATASET, three);
    expect(report).toMatchObject({ version: three, root: one, findings: [] });
    expect(report.links.map(({ version, parent, series }) => [version, parent, series])).toEqual([
      [three, two, 3],
      [two, one, 2],
      [one, null, 1],
    ]);
    expect(await verifyChain(store, DATASET, two)).toMatchObject({ root: one, findings: [] });
    expect(await problems(three, { contains: one })).toEqual([]);
    expect(await problems(two, { contains: three })).toEqual(['not-an-ancestor 3']);
  });

  it('tells the first link that is gone or changed, and stops there', async () => {
    const path = onDisk(versionKey(DATASET, two));
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.toString().replace('"train"', '"trail"'));
    const changed = await verifyChain(store, DATASET, three);
    expect(changed).toMatchObject({ root: null, links: [{ version: three }] });
    expect(changed.findings).toEqual([
      {
        version: two,
        ref: null,
        problem: 'changed',
        detail: expect.stringMatching(
          new RegExp(`^${versionKey(DATASET, two)}, the parent of ${three.slice(0, 12)}: `),
        ),
      },
    ]);
    rmSync(path);
    expect(await problems()).toEqual(['missing 2']);
    writeFileSync(path, bytes);
    expect(await problems()).toEqual([]);
  });

  it('shows that main was moved back, or to another history', async () => {
    await moveMain(two);
    expect(await problems(two)).toEqual(['moved-back 3']);
    expect((await verifyChain(store, DATASET, two)).findings[0]!.detail).toContain('tags/v3 names it');
    const { manifest } = await readVersion(store, DATASET, one);
    const other = await store.putVersion(DATASET, { ...manifest, split: { 1: 'validation' } });
    await moveMain(other);
    expect(await problems(other)).toEqual(['off-chain 3']);
    await moveMain(three);
    expect(await problems()).toEqual([]);
  });

  it('is signed link by link; the same signature twice is one', async () => {
    const { bytes } = await readVersion(store, DATASET, three);
    expect(await checkSignatures(store, DATASET, { of: three, bytes }, [key])).toEqual([
      { key: key.key, state: 'none' },
    ]);
    expect(await sign(three)).toEqual({ what: 'version', of: three, key: key.key, already: false });
    expect(await sign(three)).toMatchObject({ already: true });
    await sign(one);
    expect(await signersOf(store, DATASET, three)).toEqual([key.key]);
    const { links, findings } = await verifyChain(store, DATASET, three, { keys: [key] });
    expect(links.map(({ signatures }) => signatures[0]!.state)).toEqual(['good', 'none', 'good']);
    expect(findings).toEqual([]);
  });

  it('shows a signature that is none, and does not write over it', async () => {
    const path = onDisk(refKey(DATASET, signatureRef(one, key.key)));
    const record = readFileSync(path, 'utf8');
    const other = readFileSync(onDisk(refKey(DATASET, signatureRef(three, key.key))), 'utf8');
    rmSync(path);
    await store.writeRef(DATASET, signatureRef(one, key.key), JSON.parse(other) as object, null);
    expect(await problems(three, { keys: [key] })).toEqual(['bad-signature 1']);
    await expect(sign(one)).rejects.toThrow('which is not written over');
    rmSync(path);
    await store.writeRef(DATASET, signatureRef(one, key.key), JSON.parse(record) as object, null);
    expect(await problems(three, { keys: [key] })).toEqual([]);
  });

  it('holds signed versions against main, too', async () => {
    await moveMain(one);
    expect((await problems(one)).sort()).toEqual(['moved-back 3', 'moved-back 3']); // its tag and its signature
    await moveMain(three);
  });
});
