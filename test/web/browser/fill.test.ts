import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { maskOf, says } from './expectations.ts';
import { PageUnderTest } from './page-under-test.ts';
import { SagittalCanvas } from './sagittal-canvas.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TASK = 'phantom/2/11_t1';

describe('filling in between slices', () => {
  let under: PageUnderTest;
  beforeAll(async () => {
    under = await PageUnderTest.start();
    await under.serve([await sampleTask(TASK, SAMPLE_GRIDS.sagittal)]);
  });
  afterEach(() => expect(under.faults.splice(0)).toEqual([]));
  afterAll(() => under.stop());

  it('draws a structure anew on two slices and has the one between filled, to the voxel where it was drawn', async () => {
    const page = await under.edit(TASK);
    const canvas = await SagittalCanvas.at(page, 'L5/S1 disc');
    await page.keyboard.press('i');
    await says(page, 'Nothing to fill');
    await page.keyboard.press('Delete');
    await says(page, /^320 voxels changed/);
    await page.keyboard.press('b');
    const box = { x: [14, 16], y: [58, 60] };
    await canvas.draw([15, 59]); // in the middle slice, 4
    for (const z of [3, 2]) {
      await page.keyboard.press('ArrowRight');
      await page.getByText(new RegExp(`^Voxel \\d+, \\d+, ${z} `)).waitFor();
    }
    await canvas.draw([15, 59]);
    await page.keyboard.press('i');
    await says(page, '9 voxels of L5/S1 disc in between its slices. Undo with Z.');
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    const sent = await maskOf(under.submittedFile(TASK));
    const wanted = (await maskOf(await under.tasks.proposal(TASK))).voxels.map((label) =>
      label === 201 ? 0 : label === 103 ? 3 : label,
    );
    const [nx, ny] = sent.grid.size;
    for (const z of [2, 3, 4]) {
      for (let y = box.y[0]!; y <= box.y[1]!; y++) {
        for (let x = box.x[0]!; x <= box.x[1]!; x++) wanted[x + nx * (y + ny * z)] = 201;
      }
    }
    expect(sent.voxels).toEqual(wanted);
  });
});
