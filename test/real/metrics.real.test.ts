import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { asMask, decodeMha, encodeMha, voxelDigest } from '../../adapters/volume.ts';
import { checkMask } from '../../core/gates.ts';
import { refusals } from '../../core/gate-result.ts';
import { instancesFromClasses } from '../../core/instances.ts';
import { hausdorffDistance } from '../../core/hausdorff.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { valueOf } from '../../core/measure.ts';
import { orientationCode } from '../../core/orientation.ts';
import { compareMasks, summarise, voxelChanges } from '../../core/scores.ts';
import { StructurePairs } from '../../core/structure-pairs.ts';
import { incompleteVertebrae, labelsOf } from '../../core/structures.ts';
import type { Mask } from '../../core/volume.ts';

const root = path.resolve(process.env.SPINDLE_REAL_DATA ?? '../shared/data');
const present = existsSync(path.join(root, 'panoptica_spine'));
if (!present)
  console.warn('real metrics: skipped, no real data there (set SPINDLE_REAL_DATA to the folder that holds it)');

async function maskAt(...parts: string[]): Promise<Mask> {
  const file = path.join(root, ...parts);
  return asMask(await decodeMha(readFileSync(file), path.basename(file)), path.basename(file));
}

describe.skipIf(!present)('scores of the panoptica spine pair', () => {
  const folder = ['panoptica_spine', 'spider_convention_DERIVED'];
  interface ReferenceRow {
    label: number;
    matched: number;
    voxels: [number, number];
    dice: number;
    spiderMm: number;
    medpyMm: number;
    surfelsMm: number;
    largestMm: number;
  }
  const table = (): ReferenceRow[] => {
    const file = path.join(root, 'reference', 'panoptica_spine_spider_convention_metrics.csv');
    const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
    return rows.map((row) => ({
      label: Number(row.ref_label),
      matched: Number(row.largest_overlap_pred_label),
      voxels: [Number(row.voxels_ref), Number(row.voxels_pred)],
      dice: Number(row.dice),
      spiderMm: Number(row.tiger_asd_conn3_pooled),
      medpyMm: Number(row.medpy052_assd_conn1_pooled),
      surfelsMm: Number(row.deepmind_mean_of_two),
      largestMm: Number(row.tiger_hd_conn3),
    }));
  };

  it('equal the independent packages, per structure: Dice within 1e-6, surface distances within 1e-4 mm', async () => {
    const [reference, prediction] = [await maskAt(...folder, 'ref.mha'), await maskAt(...folder, 'pred.mha')];
    const rows = table();
    expect(rows).toHaveLength(15);
    const spider = compareMasks(reference, prediction);
    const medpy = compareMasks(reference, prediction, { surface: 'medpy' });
    const surfels = compareMasks(reference, prediction, { surface: 'surfels' });
    const pairs = new StructurePairs(reference, prediction);
    expect(spider.map(({ label }) => label)).toEqual(rows.map(({ label }) => label));
    rows.forEach((row, i) => {
      const score = spider[i]!;
      expect(score.matched).toBe(row.matched);
      expect([score.referenceVoxels, score.predictionVoxels]).toEqual(row.voxels);
      expect(Math.abs(score.dice - row.dice)).toBeLessThan(1e-6);
      expect(score.asdMm.defined && Math.abs(score.asdMm.value - row.spiderMm)).toBeLessThan(1e-4);
      expect(Math.abs(valueOf(medpy[i]!.asdMm)! - row.medpyMm)).toBeLessThan(1e-4);
      expect(Math.abs(valueOf(surfels[i]!.asdMm)! - row.surfelsMm)).toBeLessThan(1e-4);
      const distances = pairs.surface(pairs.references[i]!, row.matched, 'authors');
      expect(Math.abs(valueOf(hausdorffDistance(distances, 100))! - row.largestMm)).toBeLessThan(1e-4);
    });
    const { vertebra, disc, canal } = summarise(spider);
    expect([vertebra.dice, disc.dice, canal.dice].map((dice) => dice!.toFixed(6))).toEqual([
      '0.961518',
      '0.941425',
      '0.962920',
    ]);
    expect([vertebra.asdMm, disc.asdMm, canal.asdMm].map((mm) => mm!.toFixed(6))).toEqual([
      '0.103255',
      '0.150825',
      '0.088101',
    ]);
  });

  it('come with masks that pass every gate', async () => {
    for (const name of ['ref.mha', 'pred.mha']) {
      const mask = await maskAt(...folder, name);
      expect(orientationCode(mask.grid)).toBe('PIR');
      expect(checkMask(mask, mask.grid).filter(({ passed }) => !passed)).toEqual([]);
      expect(incompleteVertebrae(mask)).toEqual([]);
    }
  });
});

describe.skipIf(!present)('every real MHA file', () => {
  const files = (): string[] =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.mha'))
      .sort();

  it('is read, written and read again with the same voxels and geometry; the 5-channel one is refused', async () => {
    const refused: string[] = [];
    let read = 0;
    for (const name of files()) {
      try {
        const volume = await decodeMha(readFileSync(path.join(root, name)), name);
        const again = await decodeMha(await encodeMha(volume), name);
        expect(voxelDigest(again)).toBe(voxelDigest(volume));
        expect(again.grid).toEqual(volume.grid);
        read++;
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        refused.push(error.message);
      }
    }
    expect(refused).toEqual(['grand_challenge_panimg/5_1_1_1_invalid.mha: ElementNumberOfChannels: expected 1, got 5']);
    expect(read).toBeGreaterThanOrEqual(15);
  });
});

describe.skipIf(!present)('instances of the T2-SPACE class masks', () => {
  const classes = { 1: 'vertebra', 2: 'disc', 3: 'canal' } as const;

  it('equal those derived for study 107, to the voxel', async () => {
    const semantic = await maskAt('spider_t2space_stack', '107_t2_SPACE_slices_semantic.mha');
    const derived = await maskAt('spider_t2space_stack', '107_t2_SPACE_slices_DERIVED_instances.mha');
    expect(voxelChanges(derived, instancesFromClasses(semantic, classes))).toEqual({ voxelsChanged: 0, dice: 1 });
  });

  it('number study 5 from the feet, lose no voxel, and are refused by no gate', async () => {
    const semantic = await maskAt('spider_t2space_stack', '5_t2_SPACE_slices_semantic.mha');
    const mask = instancesFromClasses(semantic, classes);
    expect(labelsOf(mask)).toEqual([1, 2, 3, 4, 5, 6, 7, 100, 201, 202, 203, 204, 205, 206, 207]);
    expect(mask.voxels.filter((label) => label > 0).length).toBe(semantic.voxels.filter((label) => label > 0).length);
    expect(incompleteVertebrae(mask)).toEqual([7]);
    const gates = checkMask(mask, semantic.grid);
    expect(refusals(gates)).toEqual([]);
    // The central slices cut the pedicles, so that bodies and arches are apart: that is nothing to flag.
    expect(gates.filter(({ passed }) => !passed).map(({ gate }) => gate)).toEqual([]);
  });
});
