import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/ids.ts';
import { publish, smallSeries } from '../client/small-dataset.ts';
import { startTemporalAndStore, type Running } from '../client/temporal-worker.ts';
import { runCommandIn } from '../support/command-line.ts';

// On real servers, without workers: what Temporal has started, waits.
describe('spindle release and errata', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-release-cli-'));
  const at = (name: string) => join(folder, name);
  let running: Running;
  let version: Digest;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    version = await publish(running.store, 'small', [await smallSeries(running.store, '1_t1', 5)], { 1: 'train' });
    writeFileSync(at('LICENSE'), 'CC BY 4.0');
    writeFileSync(at('CITATION.cff'), 'cff-version: 1.2.0');
    const tables = { required: false };
    writeFileSync(
      at('policy.json'),
      JSON.stringify({ masks: { flaggedShare: 1 }, residualError: { required: false }, tables }),
    );
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const spindle = (...args: string[]) => runCommandIn(running.env, ...args);
  const papers = () => ['--license-file', at('LICENSE'), '--citation-file', at('CITATION.cff')];

  it('shows every gate, and refuses to publish while one is red', async () => {
    expect(await spindle('release', 'check', '1.0.0')).toMatchObject({ code: 3 });
    expect(await spindle('release', 'create', '1.0', 'main')).toMatchObject({ code: 2 });
    expect((await spindle('release', 'create', '1.0.0', 'main')).stdout).toContain('release 1.0.0 is begun');
    const check = await spindle('release', 'check', '1.0.0');
    expect(check).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('release 1.0.0: 6 gates are red') as string,
    });
    expect(check.stdout).toMatch(/^verify +passed +0 findings in 2 volumes/m);
    expect(check.stdout).toMatch(/^masks-flagged +RED +1 of 1 reference: 1_t1 +at most 10 %/m);
    expect(check.stdout).toMatch(/^about +not asked for/m);
    expect(check.stdout).toContain('\nred: masks-flagged, residual-error, table-3, table-4, licence, citation\n');
    const json = JSON.parse((await spindle('release', 'check', '1.0.0', '--json')).stdout) as { gates: object[] };
    expect(json.gates).toContainEqual(expect.objectContaining({ gate: 'licence', passed: false, required: true }));
    const refused = await spindle('release', 'publish', '1.0.0');
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('licence (nobody gave it; asked for: given)');
  });

  it('publishes, shows, lists and exports', async () => {
    await spindle('keys', 'create', at('key'));
    await spindle('release', 'create', '1.0.0', 'main', ...papers(), '--policy', at('policy.json'));
    const published = await spindle('release', 'publish', '1.0.0', '--key', at('key'));
    expect(published).toMatchObject({ code: 0 });
    expect(published.stdout).toMatch(/its manifest is signed by key [0-9a-f]{12}\nits record is signed/);
    expect((await spindle('release', 'publish', '1.0.0')).stdout).toMatch(/^release 1\.0\.0 was published 20/);
    expect(await spindle('release', 'create', '1.0.0', 'main')).toMatchObject({ code: 4 });
    await spindle('release', 'create', '1.0.1', 'main');
    const list = (await spindle('release', 'list')).stdout;
    expect(list).toMatch(new RegExp(`^1\\.0\\.0 +${version.slice(0, 12)} +20\\d\\d-\\d\\d-\\d\\d$`, 'm'));
    expect(list).toMatch(/^1\.0\.1 +[0-9a-f]{12} +draft$/m);
    const show = await spindle('release', 'show', '1.0.0', '--public-key', at('key.pub'), '--html', at('page.html'));
    expect(show).toMatchObject({ code: 0 });
    expect(show.stdout.match(/a good signature/g)).toHaveLength(2);
    expect(readFileSync(at('page.html'), 'utf8')).toContain('<h1>small 1.0.0</h1>');
    await spindle('keys', 'create', at('other'));
    expect(await spindle('release', 'show', '1.0.0', '--public-key', at('other.pub'))).toMatchObject({ code: 1 });
    expect((await spindle('versions', 'show', '1.0.0')).stdout).toContain(`version ${version}`);
    const out = await spindle('release', 'export', '1.0.0', at('out'), '--format', 'spider');
    expect(out.stdout).toContain('spider: 1 series');
    expect(await spindle('release', 'export', '1.0.1', at('other-out'))).toMatchObject({ code: 3 });
  });

  it('files errata, lists and shows them, and closes one', async () => {
    expect(await spindle('errata', 'add')).toMatchObject({ code: 2 });
    expect(await spindle('errata', 'add', 'no json')).toMatchObject({ code: 2 });
    const named = await spindle('errata', 'add', '{"series": "1_t1", "text": "write to ann@example.org"}');
    expect(named).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('an e-mail address: say it without') as string,
    });
    expect(named.stderr).not.toContain('example.org');
    const lines = [
      '{"series": "1_t1", "label": 203, "text": "swallowed", "reporter": "Ann Example"}',
      '{"series": "1_t1", "label": 203, "text": "Swallowed."}',
      '',
      '{"series": "9_t1", "text": "not there"}',
    ];
    writeFileSync(at('errata.jsonl'), lines.join('\n'));
    const filed = await spindle('errata', 'add', '--file', at('errata.jsonl'));
    expect(filed).toMatchObject({ code: 2 });
    const [first, again] = filed.stdout.split('\n');
    const id = /^erratum ([0-9a-f]{12}): 1_t1, L3\/L4 disc \(203\): swallowed$/.exec(first!)![1]!;
    expect(again).toBe(`${first} (filed before: open)`);
    expect(filed.stdout).toMatch(/^line 4 of errata\.jsonl +series +a series of version [0-9a-f]{12} +9_t1$/m);
    expect(filed.stderr).toContain('the reporter is no account name and is not stored');
    expect((await spindle('errata', 'list', '--state', 'open')).stdout).toMatch(
      new RegExp(`^${id} +open +1_t1 +L3/L4 disc \\(203\\) +[0-9a-f]{12} +– +– +swallowed$`, 'm'),
    );
    expect((await running.client.workflow.getHandle('erratum/small/1_t1').describe()).status.name).toBe('RUNNING');
    const shown = (await spindle('errata', 'show', id.slice(0, 5))).stdout;
    expect(shown).toContain(`versions with this mask: ${version.slice(0, 12)} (train)`);
    expect(await spindle('errata', 'show', id.startsWith('ffff') ? 'eeee' : 'ffff')).toMatchObject({ code: 3 });
    expect((await spindle('release', 'check', '1.0.1')).stdout).toMatch(new RegExp(`^errata +RED +1 open: ${id}`, 'm'));
    expect((await spindle('errata', 'resolve', id, '--reason', 'a matter of taste')).stdout).toBe(
      `erratum ${id} is closed: a matter of taste\n`,
    );
    expect(await spindle('errata', 'resolve', id, '--reason', 'once more')).toMatchObject({ code: 4 });
  });
});
