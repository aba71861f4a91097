import { describe, expect, it } from 'vitest';
import { strayDraws, strayedShape } from '../../../infra/simulated-reviewer/border.ts';
import { Lots } from '../../../infra/simulated-reviewer/lots.ts';
import { reviewMinutes, type TimeModel } from '../../../infra/simulated-reviewer/skill.ts';

const TIME: TimeModel = {
  readingMinutes: 4,
  minutesPerStructure: 1.5,
  minutesPerCm3: 0.5,
  renumberingMinutes: 2,
  spread: 0,
};

describe('minutes', () => {
  it('add up: reading, each structure, each cm³, the numbering once', () => {
    expect(reviewMinutes(TIME, { structures: 0, changedCm3: 0, renumbered: false }, 0)).toBe(4);
    expect(reviewMinutes(TIME, { structures: 3, changedCm3: 5, renumbered: true }, 0)).toBe(4 + 4.5 + 2.5 + 2);
  });

  it('spread log-normally around the sum, which stays their mean, and never pass a day', () => {
    const time = { ...TIME, spread: 0.3 };
    const none = { structures: 0, changedCm3: 0, renumbered: false };
    // At the median draw, exp(−0.045) = 0.95600 of 4 minutes
    expect(reviewMinutes(time, none, 0)).toBe(3.82);
    const lots = new Lots(3, '5_t2', 1);
    const draws = Array.from({ length: 4000 }, (_, i) => reviewMinutes(time, none, lots.normal(`${i}`)));
    const mean = draws.reduce((sum, minutes) => sum + minutes, 0) / draws.length;
    // Standard error of the mean: 4 · sqrt(exp(0.09) − 1) / sqrt(4000) = 0.0194
    expect(Math.abs(mean - 4)).toBeLessThan(4 * 0.0194);
    expect(reviewMinutes(TIME, { structures: 10_000, changedCm3: 0, renumbered: false }, 0)).toBe(1440);
  });
});

describe('a redrawn border', () => {
  // A block of 20 × 20 × 4 in 30 × 30 × 8 voxels of 1 × 1 × 4 mm
  const size = [30, 30, 8] as const;
  const spacingMm = [1, 1, 4] as const;
  const inBlock = (x: number, y: number, z: number): boolean => x > 4 && x < 25 && y > 4 && y < 25 && z > 1 && z < 6;
  const shape = new Uint8Array(30 * 30 * 8);
  const eachVoxel = (visit: (x: number, y: number, z: number, at: number) => void): void => {
    for (let z = 0, at = 0; z < 8; z++) for (let y = 0; y < 30; y++) for (let x = 0; x < 30; x++) visit(x, y, z, at++);
  };
  eachVoxel((x, y, z, at) => (shape[at] = Number(inBlock(x, y, z))));
  const normals = (seed: number) => new Lots(seed, '5_t2', 1).normals('border', strayDraws(size, spacingMm));

  it('strays as far as stated: voxels beside it change sides with P(|N| > 0.5 / sigma) / 2', () => {
    const sigma = 0.5;
    let [lost, gained, further] = [0, 0, 0];
    const SEEDS = 60;
    for (let seed = 0; seed < SEEDS; seed++) {
      const strayed = strayedShape(shape, size, spacingMm, sigma, normals(seed));
      eachVoxel((x, y, z, at) => {
        const beside = z > 1 && z < 6 && Math.max(Math.abs(x - 14.5), Math.abs(y - 14.5)) < 11;
        if (strayed[at] === shape[at]) return;
        if (!beside) further++;
        else if (shape[at] === 1) lost++;
        else gained++;
      });
    }
    // Border columns: 76 in the block, 80 around it (corners are further off), in 4 slices. P(N > 1) = 0.15866; next column:
    // P(N > 3) = 0.00135, 68 more within. Fields correlate over 4 voxels: about 76 / 4 · 4 independent places a seed.
    const perSeed = 4 * (76 * 0.15866 + 68 * 0.00135);
    expect(lost / SEEDS / perSeed).toBeGreaterThan(0.93);
    expect(lost / SEEDS / perSeed).toBeLessThan(1.07);
    expect(gained / SEEDS / (4 * 80 * 0.15866)).toBeGreaterThan(0.93);
    expect(gained / SEEDS / (4 * 80 * 0.15866)).toBeLessThan(1.07);
    // Slices above and below are 4 mm off: never reached. Two columns further out hardly ever.
    expect(further / SEEDS).toBeLessThan(2);
  });

  it('stays where it is at sigma 0, and a shape never vanishes', () => {
    expect(strayedShape(shape, size, spacingMm, 0, new Float64Array())).toBe(shape);
    const dot = new Uint8Array(30 * 30 * 8);
    dot[15 + 30 * (15 + 30 * 4)] = 1;
    for (let seed = 0; seed < 50; seed++) {
      expect(strayedShape(dot, size, spacingMm, 2, normals(seed)).includes(1)).toBe(true);
    }
  });
});
