import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asMask, decodeMha, encodeMha, voxelDigest } from '../../adapters/volume.ts';
import { GateResult } from '../../core/gate-result.ts';
import type { Mask } from '../../core/volume.ts';
import { lumbarBlocks, relabelled } from '../support/lumbar-blocks.ts';
import { runCommand } from '../support/command-line.ts';

const sound = lumbarBlocks();
const STRAY = lumbarBlocks([1, [0, 2], [1, 3], [112, 114]]);
let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spindle-mask-'));
  const write = async (name: string, mask: Mask) => writeFileSync(file(name), await encodeMha(mask));
  await write('5_t1.mha', sound);
  await write('5_t2.mha', relabelled(sound, { 5: 0, 205: 0 }));
  await write('stray.mha', STRAY);
  await write('unknown.mha', relabelled(sound, { 5: 77 }));
  await write('moved.mha', { ...sound, grid: { ...sound.grid, originLpsMm: [0, 0, 4] } });
  writeFileSync(file('broken.mha'), 'no header');
  const header = 'new_file_name,num_vertebrae,num_discs,sex,subset,PixelSpacing,SpacingBetweenSlices\r\n';
  writeFileSync(file('overview.csv'), `${header}5_t1,5,5,F,training,"[1, 1]",4\r\n5_t2,5,5,F,training,"[1, 1]",4\r\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function json(...args: string[]) {
  const { code, stdout, stderr } = await runCommand('mask', 'check', ...args, '--json');
  const result = JSON.parse(stdout) as { refused: boolean; gates: GateResult[]; fixed: { file: string } | null };
  const failed = result.gates.filter(({ passed }) => !passed).map(({ gate }) => gate);
  return { code, stderr, ...result, failed };
}

describe('spindle mask check', () => {
  it('passes a sound mask and shows every gate', async () => {
    const { code, stdout, stderr } = await runCommand('mask', 'check', file('5_t1.mha'), '--image', file('5_t1.mha'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^GATE +RESULT +MEASURED +EXPECTED$/);
    expect(lines).toHaveLength(1 + 18);
    expect(lines.slice(1).every((line) => /^[a-z-]+ +ok /.test(line))).toBe(true);
  });

  it('ends with exit code 2 and the whole table when a gate refuses', async () => {
    const result = await json(file('unknown.mha'));
    expect(result).toMatchObject({ code: 2, refused: true, failed: ['known-labels'] });
    expect(result.stderr).toContain('refused by known-labels');
    result.gates.forEach((gate) => GateResult.parse(gate));
    expect(await json(file('5_t1.mha'), '--image', file('moved.mha'))).toMatchObject({
      code: 2,
      failed: ['same-grid'],
    });
  });

  it('leaves the exit code 0 for flags', async () => {
    expect(await json(file('stray.mha'))).toMatchObject({ code: 0, refused: false, failed: ['no-stray-pieces'] });
  });

  it('refuses what it cannot read, naming file and field', async () => {
    const broken = await runCommand('mask', 'check', file('broken.mha'));
    expect(broken).toMatchObject({ code: 2, stdout: '' });
    expect(broken.stderr).toContain('broken.mha: ElementDataFile');
    expect(await runCommand('mask', 'check', file('none.mha'))).toMatchObject({ code: 2, stdout: '' });
    expect((await runCommand('mask', 'check', file('5_t1.mha'), '--classes', 'disc,bone')).code).toBe(2);
  });

  it('asks only about the classes that were annotated', async () => {
    const { failed, gates } = await json(file('5_t2.mha'), '--classes', 'disc,canal');
    expect(failed).toEqual([]);
    expect(gates.map(({ gate }) => gate)).not.toContain('vertebrae-consecutive');
  });

  it('compares counts with the table and with other masks of the study', async () => {
    expect((await json(file('5_t1.mha'), '--overview', file('overview.csv'))).failed).toEqual([]);
    const short = await json(file('5_t2.mha'), '--overview', file('overview.csv'), '--beside', file('5_t1.mha'));
    expect(short.failed).toEqual(['counts-agree-in-study', 'counts-agree-with-overview']);
    const unnamed = await runCommand('mask', 'check', file('stray.mha'), '--overview', file('overview.csv'));
    expect(unnamed).toMatchObject({ code: 2, stdout: '' });
    const named = await json(file('stray.mha'), '--series', '5_t1', '--overview', file('overview.csv'));
    expect(named.failed).toEqual(['no-stray-pieces']);
  });

  it('writes a repaired copy only when asked, and only to a new file', async () => {
    const before = readFileSync(file('stray.mha'));
    const shown = await runCommand('mask', 'check', file('stray.mha'));
    expect(shown.stdout).toContain('fix: make 1 stray piece of 1 background (27 voxels)');
    const { code, fixed } = await json(file('stray.mha'), '--fix', file('fixed.mha'));
    expect({ code, file: fixed?.file }).toEqual({ code: 0, file: file('fixed.mha') });
    const repaired = asMask(await decodeMha(readFileSync(file('fixed.mha')), 'fixed'), 'fixed');
    expect(voxelDigest(repaired)).toBe(voxelDigest(sound));
    expect(readFileSync(file('stray.mha')).equals(before)).toBe(true);

    const again = await runCommand('mask', 'check', file('stray.mha'), '--fix', file('stray.mha'));
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('expected a new file that can be written, got EEXIST');
    expect(readFileSync(file('stray.mha')).equals(before)).toBe(true);
    expect((await json(file('5_t1.mha'), '--fix', file('nothing.mha'))).fixed).toBeNull();
    expect(() => readFileSync(file('nothing.mha'))).toThrow('ENOENT');
  });
});
