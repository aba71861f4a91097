import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommandIn } from '../support/command-line.ts';
import { exportFixture } from '../client/exports/export-fixture.ts';

describe('versions export', () => {
  const at = exportFixture();
  const spindle = (...args: string[]) => {
    const { endpoint, accessKeyId, secretAccessKey } = at.server;
    const env = {
      // Never asked: an export needs S3 alone.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      SPINDLE_BUCKET: 'spindle',
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
    };
    return runCommandIn(env, 'versions', 'export', ...args);
  };

  it('says what it wrote, and what nobody gave', async () => {
    const { code, stdout } = await spindle('main', at.into, '--format', 'spider');
    expect({ code, stdout }).toEqual({
      code: 0,
      // Six volumes, the table, the datasheet and the manifest.
      stdout:
        `version ${at.version.slice(0, 12)} as spider: 3 series in ${at.into} (9 files written)\n` +
        'nobody gave, and nothing was made up for: LICENSE, CITATION.cff\n',
    });
    const again = await spindle('main', at.into, '--format', 'spider');
    expect(again.stdout).toContain('(0 files written, 9 were there already)\n');
  });

  it('shows progress, and takes the options of its format', async () => {
    const args = ['--format', 'nnunet', '--id', '12', '--labels', 'instances', '--json'];
    const { code, stdout } = await spindle(at.version.slice(0, 8), at.into, ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'nnunet',
      series: 3,
      folder: join(at.into, 'Dataset012_towers'),
    });
    const { stderr } = await spindle('main', at.into, '--format', 'nnunet');
    expect(stderr).toContain('export: 10/10');
    expect(readdirSync(at.into).sort()).toEqual(['Dataset012_towers', 'Dataset501_towers']);
  });

  it.each([
    [['--format', 'bids', '--folds', '5'], 2, '--folds: expected --format nnunet, got bids'],
    [['--format', 'spider', '--about', 'x.json'], 2, '--about: expected --format croissant, got spider'],
    [['--format', 'nnunet', '--id', '1000'], 2, 'from 1 to 999'],
    [['--format', 'nnunet', '--folds', '2'], 2, 'folds: expected 1, or 3 and more, got 2'],
    [['--format', 'zip'], 2, 'expected one of spider, nnunet, bids, croissant, dicom-seg'],
    [[], 2, '--format'],
  ])('refuses %j', async (args, code, words) => {
    const result = await spindle('main', at.into, ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(words);
    expect(readdirSync(at.into)).toEqual([]);
  });
});
