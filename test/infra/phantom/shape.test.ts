import { describe, expect, test } from 'vitest';
import { Body } from '../../../infra/phantom/body.ts';
import { PHANTOM_HOSPITALS, planPhantomPatient, type PhantomPlan } from '../../../infra/phantom/cohort.ts';
import { fieldOfView } from '../../../infra/phantom/field-of-view.ts';
import { localOf, onward, pointIn, turn } from '../../../infra/phantom/frame.ts';
import { HeightProfile } from '../../../infra/phantom/height-profile.ts';
import { protocolOf } from '../../../infra/phantom/protocol.ts';
import { Random } from '../../../infra/phantom/random.ts';
import { TISSUE } from '../../../infra/phantom/tissues.ts';

const QUARTER = Math.PI / 2;

describe('random streams', () => {
  test('repeat for a name and differ between names', () => {
    const draw = (name: string) =>
      Array.from(
        { length: 8 },
        (
          (random) => () =>
            random.word()
        )(new Random(name)),
      );
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  test('are even, near their mean, and shuffle without loss', () => {
    const random = new Random('even');
    const even = Array.from({ length: 20_000 }, () => random.between(2, 4));
    expect(Math.min(...even)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...even)).toBeLessThan(4);
    // The mean of 20,000 has a standard deviation of 0.577 / sqrt(20,000) = 0.004.
    expect(even.reduce((sum, value) => sum + value) / even.length).toBeCloseTo(3, 1);
    const near = Array.from({ length: 20_000 }, () => random.near(10, 2));
    expect(near.every((value) => Math.abs(value - 10) <= 5)).toBe(true);
    expect(near.reduce((sum, value) => sum + value) / near.length).toBeCloseTo(10, 1);
    expect(random.shuffled([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('frames', () => {
  // A quarter turn about x takes back (v) to head and head (w) to front.
  test('turn, go onward along their own w, and invert', () => {
    const frame = { origin: [1, 2, 3], rotation: turn(QUARTER, 0, 0) } as const;
    expect(rounded(pointIn(frame, [0, 1, 0]))).toEqual([1, 2, 4]);
    expect(rounded(pointIn(frame, [0, 0, 1]))).toEqual([1, 1, 3]);
    expect(rounded(onward(frame, 10).origin)).toEqual([1, -8, 3]);
    expect(rounded(localOf(frame, pointIn(frame, [4, 5, 6])))).toEqual([4, 5, 6]);
  });

  function rounded(point: readonly number[]): number[] {
    return point.map((value) => Math.round(value * 1e9) / 1e9 + 0);
  }
});

test('a height profile runs straight between its points, keeps its ends and is constant beyond them', () => {
  const profile = HeightProfile.through(
    [
      [0, 0],
      [100, 50],
    ],
    5,
  );
  expect(profile.at(50)).toBeCloseTo(25, 9);
  expect(profile.at(-7)).toBe(0);
  expect(profile.at(130)).toBe(50);
  expect(profile.slopeAt(50)).toBeCloseTo(0.5, 9);
});

describe('a body', () => {
  const plan = planPhantomPatient({ preset: 'demo', seed: 3, patient: 1 });
  const body = new Body(plan.anatomy, 'noise');
  const at = ([x, y, z]: readonly number[]) => {
    body.sample(x!, y!, z!);
    return { tissue: body.tissue, label: body.label };
  };

  test('has marrow inside a vertebra, its disc below, the canal behind, and the arch behind that', () => {
    for (const { frame, label, level, canal } of body.column.vertebrae.slice(0, 6)) {
      expect(at(pointIn(frame, [0, -5, 4]))).toEqual({ tissue: TISSUE.marrow, label });
      expect(at(pointIn(frame, [0, canal.v, 0])).label).toBe(100);
      const spinous = canal.v + canal.depth + 5 * plan.anatomy.scale + level.spinousLength / 2;
      const drop = -0.22 * level.height - level.spinousDrop / 2;
      expect(at(pointIn(frame, [0, spinous, drop])).label).toBe(label);
    }
    for (const { frame, label } of body.column.discs.slice(0, 6)) {
      expect(at(pointIn(frame, [0, 0, 0]))).toEqual({ tissue: TISSUE.disc, label });
    }
  });

  test('has hollow endplates: in the middle the disc reaches higher than at the rim', () => {
    const [, disc] = body.column.discs;
    const { concavity, discHeight } = disc!.level;
    const up = discHeight / 2 + concavity / 2;
    expect(disc!.distance(...pointIn(disc!.frame, [0, 0, up - 0.6]))).toBeLessThan(0);
    expect(disc!.distance(...pointIn(disc!.frame, [disc!.outline.a - 1, 0, up - 0.6]))).toBeGreaterThan(0);
  });

  test('has a sacrum that is bone without a label, skin behind, and air beyond it', () => {
    const s1 = body.column.sacrum[0]!;
    expect(at(s1.frame.origin)).toEqual({ tissue: TISSUE.marrow, label: 0 });
    const z = body.column.vertebrae[2]!.frame.origin[2];
    const x = body.landmarks.canalX.at(z);
    expect(at([x, body.landmarks.skinY.at(z) - 1, z])).toEqual({ tissue: TISSUE.skin, label: 0 });
    expect(at([x, body.landmarks.skinY.at(z) + 5, z])).toEqual({ tissue: TISSUE.air, label: 0 });
  });
});

test('volumes at SPIDER’s sizes have 15 to 19 slices of some hundred rows, and SPACE is nearly isotropic', () => {
  const seen = new Set<string>();
  for (let patient = 1; patient <= 10; patient++) {
    const plan: PhantomPlan = planPhantomPatient({ preset: 'spider', seed: 3, patient });
    const body = new Body(plan.anatomy, 'noise');
    seen.add(plan.case.hospital);
    const [least, rows] = spread(
      fieldOfView(body, plan.case, protocolOf('spider', plan.case.hospital, 't2', 'p')).size,
    );
    expect(least).toBeGreaterThanOrEqual(15);
    expect(least).toBeLessThanOrEqual(19);
    expect(rows).toBeGreaterThan(350);
    expect(rows).toBeLessThan(900);
    const [fine, coarse] = spread(
      fieldOfView(body, plan.case, protocolOf('spider', plan.case.hospital, 't2_SPACE', 'p')).spacingMm,
    );
    expect(coarse / fine).toBeLessThan(1.5);
  }
  expect([...seen].sort()).toEqual([...PHANTOM_HOSPITALS].sort());
});

function spread(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
