import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { voxelDigest } from '../../../adapters/volume.ts';
import { checkMask } from '../../../core/gates.ts';
import { indexToLps, type Vec3 } from '../../../core/geometry.ts';
import type { Sequence } from '../../../core/ids.ts';
import { isOblique, orientationCode, sameGrid } from '../../../core/orientation.ts';
import { boundingBoxes, incompleteVertebrae, labelsOf } from '../../../core/structures.ts';
import type { Mask, Volume } from '../../../core/volume.ts';
import {
  makePhantomPatient,
  planPhantomPatient,
  type PhantomPatient,
  type PhantomSeries,
} from '../../../infra/phantom/cohort.ts';

const SEED = 1;
const order = (patient: number, seed = SEED) => ({ preset: 'demo', seed, patient }) as const;

/** Series by series, with a turn of the event loop after each: vitest's own messages wait meanwhile. */
async function patientOf(patient: number, sequences: readonly Sequence[]): Promise<PhantomPatient> {
  const parts: PhantomPatient[] = [];
  for (const sequence of sequences) {
    parts.push(makePhantomPatient(order(patient), [sequence]));
    await setImmediate();
  }
  return { ...parts[0]!, series: parts.flatMap(({ series }) => series) };
}

/** The first patient of the seed, after `from`, of whom something holds. */
function patientWith(holds: (plan: ReturnType<typeof planPhantomPatient>) => boolean, from = 1): number {
  for (let patient = from; patient < from + 200; patient++) {
    if (holds(planPhantomPatient(order(patient)))) return patient;
  }
  throw new Error('no such patient');
}

function meanOf({ voxels }: Volume, { voxels: labels }: Mask, label: number): number {
  let sum = 0;
  let count = 0;
  voxels.forEach((value, at) => {
    if (labels[at] !== label) return;
    sum += value;
    count++;
  });
  return sum / count;
}

function centreMm({ truth }: PhantomSeries, label: number): Vec3 {
  return indexToLps(truth.grid, boundingBoxes(truth).get(label)!.centre);
}

// Of five patients in a row two come from OH and one from each of the others.
describe('five phantom patients', () => {
  let patients: PhantomPatient[];
  let series: (PhantomSeries & { hospital: string })[];

  beforeAll(async () => {
    patients = [];
    for (let patient = 1; patient <= 5; patient++) patients.push(await patientOf(patient, ['t1', 't2']));
    series = patients.flatMap(({ hospital, series: own }) => own.map((each) => ({ ...each, hospital })));
  });

  test('come from all four hospitals, whose storage differs in axes, slant, intensities or spacing', () => {
    expect(patients.map(({ hospital }) => hospital).sort()).toEqual(['OH', 'OH', 'RH1', 'RH2', 'UMC']);
    const storage = new Map(
      series.map(({ hospital, image }) => {
        const values = image.voxels;
        const negative = values.some((value) => value < 0);
        const most = values.reduce((a, b) => Math.max(a, b));
        expect(most).toBeLessThanOrEqual(negative ? 3096 : 1500);
        const handed = orientationCode(image.grid) === 'PIL' ? 'left' : 'right';
        return [hospital, [orientationCode(image.grid), isOblique(image.grid), negative, handed]];
      }),
    );
    expect(Object.fromEntries(storage)).toEqual({
      RH1: ['LPS', false, true, 'right'],
      RH2: ['LPS', true, true, 'right'],
      OH: ['PIR', false, false, 'right'],
      UMC: ['PIL', true, false, 'left'],
    });
  });

  test('have truth on the grid of the image, in SPIDER’s labels, that no gate objects to', () => {
    for (const { series: id, image, truth, misaligned } of series) {
      expect(sameGrid(image.grid, truth.grid).same).toBe(true);
      expect(truth.voxels).toHaveLength(image.voxels.length);
      if (misaligned) continue;
      const failed = checkMask(truth, image.grid).filter(({ passed }) => !passed);
      expect(failed, id).toEqual([]);
    }
  });

  test('show four to seven vertebrae of an adult’s size, and a canal', () => {
    for (const { series: id, truth } of series) {
      const boxes = boundingBoxes(truth);
      const cut = incompleteVertebrae(truth, boxes);
      const voxelMl = truth.grid.spacingMm.reduce((product, mm) => product * mm) / 1000;
      const vertebrae = [...boxes.keys()].filter((label) => label <= 25);
      expect(vertebrae.length, id).toBeGreaterThanOrEqual(4);
      expect(vertebrae.length, id).toBeLessThanOrEqual(8);
      for (const label of vertebrae.filter((each) => !cut.includes(each))) {
        // A body of 48 × 35 × 27 mm is about 35 ml, its arch 10 to 20 more; small women have 30 in all.
        const ml = boxes.get(label)!.voxels * voxelMl;
        expect(ml, `${id} ${label}`).toBeGreaterThan(25);
        expect(ml, `${id} ${label}`).toBeLessThan(90);
      }
      expect(boxes.has(100)).toBe(true);
    }
  });

  test('have fluid brighter than marrow on T2 and darker on T1, and discs darker than marrow on T1', () => {
    for (const { series: id, sequence, image, truth } of series) {
      // Above −1000 where the hospital's window starts there.
      const zero = image.voxels.reduce((a, b) => Math.min(a, b));
      const at = (label: number): number => meanOf(image, truth, label) - zero;
      if (sequence === 't2') expect(at(100) / at(2), id).toBeGreaterThan(1.3);
      else expect(at(100) / at(2), id).toBeLessThan(0.6);
      if (sequence === 't1') expect(at(202) / at(2), id).toBeLessThan(0.85);
    }
  });

  test('are the same when made again, alone or with fewer sequences, and others under another seed', () => {
    const t2 = makePhantomPatient(order(2)).series.find(({ sequence }) => sequence === 't2');
    const before = patients[1]!.series.find(({ sequence }) => sequence === 't2')!;
    expect(voxelDigest(t2!.image)).toBe(voxelDigest(before.image));
    expect(voxelDigest(t2!.truth)).toBe(voxelDigest(before.truth));
    const other = makePhantomPatient(order(2, SEED + 1), ['t2']).series[0]!;
    expect(voxelDigest(other.image)).not.toBe(voxelDigest(before.image));
  });
});

describe('the upper edge', () => {
  const made = (patient: number): Mask => makePhantomPatient(order(patient), ['t2']).series[0]!.truth;

  test('cuts the top vertebra, which keeps its label and is found incomplete', () => {
    const patient = patientWith((plan) => plan.case.topEdge === 'cut' && plan.case.misaligned === null);
    const { vertebraeInView } = planPhantomPatient(order(patient)).case;
    const truth = made(patient);
    expect(labelsOf(truth).filter((label) => label < 100)).toHaveLength(vertebraeInView);
    expect(incompleteVertebrae(truth)).toEqual([vertebraeInView]);
  });

  test('or leaves one more disc above the topmost vertebra, which is whole', () => {
    const patient = patientWith((plan) => plan.case.topEdge === 'extra-disc' && plan.case.misaligned === null);
    const { vertebraeInView } = planPhantomPatient(order(patient)).case;
    const truth = made(patient);
    expect(labelsOf(truth).filter((label) => label < 100)).toHaveLength(vertebraeInView);
    expect(labelsOf(truth).filter((label) => label > 200)).toHaveLength(vertebraeInView + 1);
    expect(incompleteVertebrae(truth)).toEqual([]);
  });
});

test('a misaligned series is known by name, and its spine lies where the patient moved', async () => {
  const patient = patientWith((plan) => plan.case.misaligned !== null);
  const { series } = await patientOf(patient, ['t1', 't2', 't2_SPACE']);
  const of = (sequence: Sequence) => series.find((each) => each.sequence === sequence)!;
  const moved = series.filter(({ misaligned }) => misaligned);
  expect(moved).toHaveLength(1);
  expect(Math.abs(moved[0]!.movedMm[2])).toBeGreaterThanOrEqual(11);
  const still = of(moved[0]!.sequence === 't1' ? 't2' : 't1');
  const space = of('t2_SPACE');
  expect(space.movedMm).toEqual([0, 0, 0]);
  // Vertebra 2 lies within 70 mm of the pivot, and the far pose turns by 0.03: at most 2.1 mm, plus the ordinary motion.
  const offBy = (each: PhantomSeries): number =>
    Math.hypot(...centreMm(each, 2).map((mm, axis) => mm - centreMm(space, 2)[axis]! - each.movedMm[axis]!));
  expect(offBy(moved[0]!)).toBeLessThan(4);
  expect(offBy(still)).toBeLessThan(2);
});

test('of each seed’s first four patients exactly one has a misaligned series', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const misaligned = [1, 2, 3, 4].map((patient) => planPhantomPatient(order(patient, seed)).case.misaligned);
    expect(misaligned.filter((sequence) => sequence !== null)).toHaveLength(1);
  }
});
