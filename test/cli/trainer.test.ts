import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { installedSoftware, TRAINER_PACKAGES } from '../../adapters/trainer-packages.ts';
import { runCommand } from '../support/command-line.ts';

describe('spindle trainer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-trainers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('list: iis is built in; nnunet is there or not, as the marker of its installation says', async () => {
    const { code, json } = await listed();
    expect(code).toBe(0);
    expect(json.map(({ trainer }) => trainer)).toEqual(TRAINER_PACKAGES.map(({ name }) => name));
    expect(json[0]).toMatchObject({ trainer: 'iis', state: 'built in' });
    expect(['installed', 'not installed']).toContain(json[1]!.state);
  });

  it('an installation without its marker, or with a torn one, is none', async () => {
    const installedBy = join(folder, 'installed.json');
    const asked = () => installedSoftware({ command: [], env: {}, installedBy });
    expect(await asked()).toBeNull();
    writeFileSync(installedBy, '{"digest": "ab", "softw');
    expect(await asked()).toBeNull();
    writeFileSync(installedBy, '{"digest": "ab", "software": {"nnunetv2": "2.8.1"}}');
    expect(await asked()).toEqual({ nnunetv2: '2.8.1' });
  });

  it('a trainer that nobody knows is refused by name', async () => {
    for (const verb of ['install', 'check']) {
      const { code, stderr } = await runCommand('trainer', verb, 'monai');
      expect(code).toBe(2);
      expect(stderr).toContain('trainer: name: expected one of iis, nnunet, got monai');
    }
  });

  async function listed() {
    const { code, stdout } = await runCommand('trainer', 'list', '--json');
    return { code, json: JSON.parse(stdout) as { trainer: string; state: string }[] };
  }
});
