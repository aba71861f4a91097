import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeMha } from '../../../adapters/volume.ts';
import { MAPPING_SCHEMA } from '../../../core/cohort-mapping.ts';
import { InvalidInputError } from '../../../core/invalid-input.ts';
import { structureClass } from '../../../core/labels.ts';
import type { Mask } from '../../../core/volume.ts';
import { truthFromFolder, truthFromMapping } from '../../../infra/simulated-reviewer/truth.ts';
import { sameVoxels, spoiltSpine, trueSpine } from './block-spine.ts';

const SPINE = trueSpine(3);
const DISCS = spoiltSpine(3, { missing: [1, 2, 3, 100] });
const CLASS_LABEL = { vertebra: 1, disc: 2, canal: 3 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spindle-truth-'));
  await mkdir(join(folder, 'truth'));
  const classes: Mask = {
    ...SPINE,
    voxels: SPINE.voxels.map((label) => CLASS_LABEL[structureClass(label)!] ?? 0),
  };
  const files: [string, Uint8Array][] = [
    ['truth/5_t2.mha', await encodeMha(SPINE)],
    ['truth/6_t2.mha', Buffer.from('no volume')],
    ['classes.mha', await encodeMha(classes)],
    ['discs.mha', await encodeMha(DISCS)],
  ];
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
});
afterAll(() => rm(folder, { recursive: true }));

describe('truth from a folder', () => {
  it('is the series’ file, with all classes; null where there is none', async () => {
    const truthOf = truthFromFolder(folder);
    const truth = await truthOf('5_t2');
    expect(sameVoxels(truth!.mask, SPINE)).toBe(true);
    expect(truth!.annotatedClasses).toEqual(['vertebra', 'disc', 'canal']);
    expect(await truthOf('7_t2')).toBeNull();
  });

  it('refuses a file that is no mask, and what is no series', async () => {
    await expect(truthFromFolder(folder)('6_t2')).rejects.toThrow(InvalidInputError);
    await expect(truthFromFolder(folder)('../5_t2')).rejects.toThrow();
  });
});

describe('truth from a mapping', () => {
  const entry = (series: string, mask: string | null, more: object = {}) => ({
    series,
    hospital: 'H1',
    sex: 'F',
    image: 'image.mha',
    mask,
    role: 'held-back',
    labels: 'spider',
    annotatedClasses: ['disc'],
    ...more,
  });
  const mapping = async (series: object[]): Promise<string> => {
    const file = join(folder, 'mapping.json');
    await writeFile(file, JSON.stringify({ schema: MAPPING_SCHEMA, description: 'blocks', series }));
    return file;
  };
  const CLASSES = { labels: { 1: 'vertebra', 2: 'disc', 3: 'canal' }, annotatedClasses: ['vertebra', 'disc', 'canal'] };

  it('is what is held back, classes numbered into structures', async () => {
    const given = entry('7_t2_SPACE', 'discs.mha', { role: 'initial' });
    const file = await mapping([entry('5_t2', 'discs.mha'), entry('6_t2_SPACE', 'classes.mha', CLASSES), given]);
    const truthOf = await truthFromMapping(file, folder);
    const discs = await truthOf('5_t2');
    expect(sameVoxels(discs!.mask, DISCS)).toBe(true);
    expect(discs!.annotatedClasses).toEqual(['disc']);
    expect(sameVoxels((await truthOf('6_t2_SPACE'))!.mask, SPINE)).toBe(true);
    expect(await truthOf('7_t2_SPACE')).toBeNull(); // handed in at ingest
    expect(await truthOf('8_t2')).toBeNull();
  });

  it('names the mask that is missing, and the field that is wrong', async () => {
    const truthOf = await truthFromMapping(await mapping([entry('5_t2', 'gone.mha')]), folder);
    await expect(truthOf('5_t2')).rejects.toThrow('gone.mha: file: expected the mask that the mapping names');
    await expect(truthFromMapping(await mapping([entry('5_t2', null)]), folder)).rejects.toThrow('series.0.mask');
    await expect(truthFromMapping(join(folder, 'none.json'), folder)).rejects.toThrow(InvalidInputError);
  });
});
