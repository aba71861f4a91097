import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { EvaluateJob } from '../../../adapters/evaluation/job.ts';
import { EvaluationPool } from '../../../adapters/evaluation/thread-pool.ts';
import { encodeMha } from '../../../adapters/volume.ts';
import { evaluateMasks } from '../../../core/evaluation.ts';
import { InvalidInputError } from '../../../core/invalid-input.ts';
import { SPINE_GRID, spineMask } from '../../support/spine-mask.ts';

const OPTIONS: EvaluateJob['options'] = {
  protocols: ['spider', 'strict'],
  surface: 'authors',
  toleranceMm: 1,
  incompleteVertebrae: [],
  leaveOutIncomplete: false,
};
const pools: EvaluationPool[] = [];
function openPool(threads: number, voxels = Infinity): EvaluationPool {
  const pool = new EvaluationPool({ threads, voxels });
  pools.push(pool);
  return pool;
}
// Threads take a second to load: most tests share one.
const shared = openPool(1);
afterAll(async () => void (await Promise.all(pools.splice(0).map((pool) => pool.close()))));

async function job(raised: number, series = '1_t1'): Promise<EvaluateJob> {
  const [reference, prediction] = [await encodeMha(spineMask()), await encodeMha(spineMask(raised))];
  return { kind: 'evaluate', series, reference, prediction, options: OPTIONS };
}

describe('EvaluationPool', () => {
  it('gives what the evaluation gives on the main thread, each series its own, in more jobs than threads', async () => {
    const pool = openPool(2);
    const found = await Promise.all([0, 1, 2, 3, 4].map(async (raised) => pool.evaluate(await job(raised), 2700)));
    found.forEach((evaluation, raised) => {
      expect(evaluation).toEqual(
        evaluateMasks(spineMask(), spineMask(raised), { ...OPTIONS, incompleteVertebrae: [] }),
      );
    });
  });

  it('goes on when no two series fit its memory, and when one alone does not', async () => {
    const pool = openPool(2, 1000);
    const found = await Promise.all([0, 1, 2].map(async (raised) => pool.evaluate(await job(raised), 2700)));
    expect(found.map(({ spider }) => spider!.length)).toEqual([7, 7, 7]);
  });

  it('charges an empty mask where there is no prediction', async () => {
    const evaluation = await shared.evaluate({ ...(await job(0)), prediction: null }, 2700);
    expect(new Set(evaluation.spider!.map(({ outcome }) => outcome))).toEqual(new Set(['missed']));
  });

  it('takes the vertebrae that the edge cuts for incomplete when it is not told', async () => {
    const untold = { ...(await job(0)), options: { ...OPTIONS, incompleteVertebrae: null, leaveOutIncomplete: true } };
    // Vertebra 3 ends at slice 29, the last one.
    const { spider } = await shared.evaluate({ ...untold, reference: await encodeMha(spineMask(3)) }, 2700);
    expect(spider!.map(({ label }) => label)).toEqual([1, 2, 100, 201, 202, 203]);
  });

  it('refuses bad files by the series they are of, and goes on', async () => {
    const pool = shared;
    const broken = { ...(await job(0, '7_t2')), prediction: new TextEncoder().encode('no volume') };
    await expect(pool.evaluate(broken, 2700)).rejects.toThrow(InvalidInputError);
    await expect(pool.evaluate(broken, 2700)).rejects.toThrow(/^prediction of 7_t2: /);
    const grid = { ...SPINE_GRID, spacingMm: [3, 1, 2] as [number, number, number] };
    const elsewhere = { ...(await job(0, '7_t2')), prediction: await encodeMha({ ...spineMask(), grid }) };
    await expect(pool.evaluate(elsewhere, 2700)).rejects.toThrow(
      'prediction of 7_t2: spacingMm: expected 3 1 1, got 3 1 2',
    );
    expect((await pool.evaluate(await job(0), 2700)).spider).toHaveLength(7);
  });

  it('ends with what is under way when it is closed', async () => {
    const pool = openPool(1);
    const waiting = [pool.evaluate(await job(0), 2700), pool.evaluate(await job(1), 2700)].map((each) =>
      each.then(
        () => 'done',
        () => 'ended',
      ),
    );
    await pool.close();
    expect(await Promise.all(waiting)).toEqual(['ended', 'ended']);
  });
});

describe('the picture', () => {
  it('draws both outlines with square pixels, the prediction in orange over the reference in green', async () => {
    const [reference, prediction] = [await encodeMha(spineMask()), await encodeMha(spineMask(2))];
    const files = { kind: 'picture', series: '1_t1', reference, prediction, image: null } as const;
    const { png, width, height } = await shared.draw(files, 2700);
    const { data } = PNG.sync.read(Buffer.from(png));
    // All 30 slices and 10 columns of 1 mm lie within the margin: 480 pixels high, a third of it wide.
    expect([width, height]).toEqual([160, 480]);
    const count = (colour: readonly number[]): number => {
      let pixels = 0;
      for (let at = 0; at < data.length; at += 4) if (colour.every((value, k) => data[at + k] === value)) pixels++;
      return pixels;
    };
    expect(count([255, 140, 0])).toBeGreaterThan(1000);
    expect(count([0, 200, 150])).toBeGreaterThan(1000);
    // The same mask twice leaves no green.
    const same = await shared.draw({ ...files, prediction: reference }, 2700);
    const own = PNG.sync.read(Buffer.from(same.png)).data;
    expect(own.some((_, at) => at % 4 === 0 && own[at] === 0 && own[at + 1] === 200 && own[at + 2] === 150)).toBe(
      false,
    );
  });
});
