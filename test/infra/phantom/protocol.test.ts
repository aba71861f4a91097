import { expect, test } from 'vitest';
import { makePhantomPatient } from '../../../infra/phantom/cohort.ts';
import { PROTOCOLS } from '../../../infra/phantom/hospitals.ts';
import { protocolOf } from '../../../infra/phantom/protocol.ts';
import { contrastOf, TISSUE } from '../../../infra/phantom/tissues.ts';

test('a series of `demo` and `spider` is made as its hospital makes all', () => {
  const own = protocolOf('spider', 'OH', 't2', 'a');
  expect(own).toEqual(protocolOf('spider', 'OH', 't2', 'b'));
  expect(own).toMatchObject({ axes: 'PIR', intensities: 'raw', bandLeaves: 0.2, noise: 0.028, spread: 0.11 });
  expect(own.sampling).toEqual(PROTOCOLS.OH.sampling.spider.t2);
  expect(own.contrast).toEqual(contrastOf('t2'));
});

test('each series of `wide` has a protocol of its own, the same for the same name', () => {
  const drawn = Array.from({ length: 40 }, (_, i) => protocolOf('wide', 'UMC', i % 2 ? 't1' : 't2_SPACE', `7/${i}`));
  expect(protocolOf('wide', 'UMC', 't2_SPACE', '7/0')).toEqual(drawn[0]);
  expect(new Set(drawn.map(({ noise }) => noise)).size).toBe(40);
  expect(new Set(drawn.map(({ intensities }) => intensities))).toEqual(new Set(['window', 'raw']));
  expect(new Set(drawn.map(({ axes }) => axes))).toEqual(new Set(['PIL']));
  for (const { sampling, bandLeaves } of drawn) {
    // Wide enough for the column, never wider than 74 mm and a slice.
    expect(sampling.slices * sampling.sliceMm).toBeGreaterThanOrEqual(54);
    expect(sampling.slices * sampling.sliceMm).toBeLessThan(74 + sampling.sliceMm);
    expect(bandLeaves).toBeGreaterThan(0);
    expect(bandLeaves).toBeLessThanOrEqual(1);
  }
  // Textbook fluid on T2 is brighter than cortex by far, and stays so.
  const t2 = protocolOf('wide', 'OH', 't2', '8/1').contrast;
  expect(t2.from[TISSUE.csf]).not.toBe(contrastOf('t2').from[TISSUE.csf]);
  expect(t2.from[TISSUE.csf]!).toBeGreaterThan(4 * t2.from[TISSUE.cortex]!);
});

test('two series of one `wide` patient show the same body under other protocols', () => {
  const { series } = makePhantomPatient({ preset: 'wide', seed: 20, patient: 1001 }, ['t1', 't2']);
  const [t1, t2] = series;
  expect(t1!.image.grid.spacingMm).not.toEqual(t2!.image.grid.spacingMm);
  const lowest = series.map(({ truth }) => new Set(truth.voxels).has(1) && new Set(truth.voxels).has(100));
  expect(lowest).toEqual([true, true]);
});
