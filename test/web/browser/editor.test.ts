import { readFile } from 'node:fs/promises';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeTask } from '../fake-tasks.ts';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { maskOf, says } from './expectations.ts';
import { PageUnderTest } from './page-under-test.ts';
import { SagittalCanvas } from './sagittal-canvas.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TASKS = { sagittal: 'phantom/2/11_t1', oblique: 'phantom/2/12_t2', leftHanded: 'phantom/1/5_t2_SPACE' } as const;
const DOT = 'phantom/2/20_t2';

let samples: Record<string, FakeTask>;
let under: PageUnderTest;

beforeAll(async () => {
  const made = await Promise.all([
    ...(['sagittal', 'oblique', 'leftHanded'] as const).map((name) => sampleTask(TASKS[name], SAMPLE_GRIDS[name])),
    // One disc of 3 × 3 voxels in the middle slice: a single dab of the eraser empties the mask.
    sampleTask(DOT, SAMPLE_GRIDS.sagittal, {
      labelAt: (x, y, z) => (z === 4 && Math.abs(x - 20) < 2 && Math.abs(y - 30) < 2 ? 201 : 0),
    }),
  ]);
  samples = Object.fromEntries(made.map((sample) => [sample.input.task, sample]));
  under = await PageUnderTest.start();
});
beforeEach(() => under.serve(Object.values(samples)));
afterEach(async () => {
  await under.closeTabs();
  expect(under.faults.splice(0)).toEqual([]);
});
afterAll(() => under.stop());

/** Whether what shows at an element's middle is that element. */
const isInSight = (element: Locator): Promise<boolean> =>
  element.evaluate((own) => {
    const { x, y, width, height } = own.getBoundingClientRect();
    return own.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  });

const proposalOf = (task: string) => maskOf(samples[task]!.proposal);

/** The proposal as a correction carries it (103 as 3), with a box of voxels, both ends within, set to a label. */
async function expected(
  task: string,
  box?: { x: number[]; y: number[]; z: number; label: number },
): Promise<Int16Array> {
  const { grid, voxels } = await proposalOf(task);
  const [nx, ny, nz] = grid.size;
  const wanted = voxels.map((label) => (label === 103 ? 3 : label));
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (!box || z !== box.z || x < box.x[0]! || x > box.x[1]! || y < box.y[0]! || y > box.y[1]!) continue;
        wanted[at] = box.label;
      }
    }
  }
  return wanted;
}

const task = (name: string) => name as never;

describe('drawing and submitting', () => {
  // The arrow key steps one slice to the patient's right; slices are numbered to the left, or to the right on the left-handed grid.
  it.each([
    ['sagittal', 3],
    ['oblique', 3],
    ['leftHanded', 5],
  ] as const)('changes exactly the drawn voxels of a %s grid, and no geometry', async (name, z) => {
    const id = TASKS[name];
    const page = await under.edit(id);
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('ArrowRight');
    await page.getByText(new RegExp(`^Voxel \\d+, \\d+, ${z} `)).waitFor();
    await page.keyboard.press('b');
    await canvas.draw([28, 45], [28, 50]); // in the canal, downwards; the brush is 3 voxels wide
    await says(page, '24 voxels changed · 0 min of work');
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    const file = under.submittedFile(task(id));
    const sent = await maskOf(file);
    expect(sent.grid).toEqual((await proposalOf(id)).grid);
    expect(sent.voxels).toEqual(await expected(id, { x: [27, 29], y: [44, 51], z, label: 1 }));
    expect(under.tasks.submissions).toHaveLength(1);
    expect(under.tasks.submissions[0]!.request).toMatchObject({
      reviewer: 'ann',
      baseDigest: samples[id]!.input.proposal.digest,
    });
  });

  it('says what is under the crosshair after every change, also when the crosshair stays', async () => {
    const page = await under.edit(TASKS.sagittal);
    await SagittalCanvas.at(page, 'L5');
    const isUnder = (name: string) => page.getByText(new RegExp(`^Voxel .* · ${name}$`)).waitFor();
    await isUnder('L5');
    await page.keyboard.press('u');
    await isUnder('L4');
    await page.keyboard.press('Delete');
    await isUnder('background');
    await page.keyboard.press('z');
    await isUnder('L4');
  });

  it('takes strokes back, renumbers a run and sends the rest voxel for voxel', async () => {
    const id = TASKS.sagittal;
    const page = await under.edit(id);
    const canvas = await SagittalCanvas.at(page, 'L5');
    const names = async () => (await page.locator('.structure .name').allTextContents()).join(', ');
    const before = 'L3 (partly in view), L3/L4 disc, L4, L4/L5 disc, L5, L5/S1 disc, canal';
    expect(await names()).toBe(before);
    await page.keyboard.press('b');
    await canvas.draw([28, 45]);
    await says(page, /^9 voxels changed/);
    await page.keyboard.press('c'); // only my changes
    expect(await page.getByLabel('Only my changes').isChecked()).toBe(true);
    await page.keyboard.press('z');
    await says(page, /^Nothing changed/);
    expect(await page.getByLabel('Only my changes').isChecked()).toBe(false);
    expect(await page.getByRole('button', { name: 'Submit correction' }).isDisabled()).toBe(true);
    await page.keyboard.press('y');
    await says(page, /^9 voxels changed/);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('u'); // L5 and all above one up: 1, 201, 2, 202, 103, 203 → 2, 202, 3, 203, 104, 204
    expect(await names()).toBe(
      'L2 (partly in view), L2/L3 disc, L3, L3 (partly in view), L3/L4 disc, L4, L4/L5 disc, L5, L5/S1 disc, canal',
    );
    await page.getByText('Vertebrae consecutive').waitFor(); // the checks in the margin know it
    await page.keyboard.press('j');
    await says(page, /^Nothing changed/);
    await page.keyboard.press('j');
    await says(page, 'L5 is the lowest there is.');
    for (let size = 3; size > 1; size -= 2) await page.keyboard.press('[');
    await canvas.draw([2, 10]); // one voxel, of background
    await says(page, /^1 voxel/);
    await page.getByRole('button', { name: 'Submit correction' }).click();
    await says(page, 'Accepted');
    const sent = await maskOf(under.submittedFile(task(id)));
    expect(sent.voxels).toEqual(await expected(id, { x: [2, 2], y: [10, 10], z: 4, label: 1 }));
  });

  it('protects other structures, erases only the chosen one, and goes through doubt and windows by key', async () => {
    const page = await under.edit(TASKS.oblique);
    const pressed = () => page.locator('.structure[aria-pressed=true] .name').textContent();
    expect(await pressed()).toBe('L3 (partly in view)'); // doubt 0.82
    await page.keyboard.press('d');
    expect(await pressed()).toBe('L4/L5 disc'); // 0.46
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('o');
    await page.keyboard.press('b');
    await canvas.draw([24, 45]); // x 23 is L5 itself, 24 and 25 are background
    await says(page, /^6 voxels changed/);
    await canvas.draw([28, 45]); // all canal
    await says(page, /^6 voxels changed/);
    await page.keyboard.press('e');
    await canvas.draw([25, 45]); // x 24 and 25 were drawn just now, 26 is canal
    await says(page, /^Nothing changed/);
    const window = page.getByLabel('Grey window');
    await page.keyboard.press('w');
    expect(await window.inputValue()).toBe('bright');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Next grey window').waitFor();
    await page.keyboard.press('Escape');
  });
});

describe('other answers', () => {
  it('accepts as it is, asks before changes are dropped, and excludes only with a reason', async () => {
    const page = await under.edit(TASKS.sagittal);
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('b');
    await canvas.draw([28, 45]);
    await says(page, /^9 voxels changed/);
    await page.keyboard.press('a');
    await page.getByRole('dialog').getByText('You changed 9 voxels').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(under.tasks.submissions).toHaveLength(0);
    await page.keyboard.press('z');
    await page.keyboard.press('a');
    await says(page, 'Accepted');
    expect(under.tasks.submissions[0]!.request.verdict).toEqual({ verdict: 'accept' });
    await page.keyboard.press('n');
    await page.keyboard.press('Enter');
    const other = page.getByRole('complementary', { name: 'Task' }).getByRole('heading', { level: 2 });
    await expect.poll(() => other.textContent(), { timeout: 100_000 }).not.toBe('11_t1');
    await page.keyboard.press('x');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('x');
    await dialog.getByRole('button', { name: 'Exclude' }).click();
    expect(under.tasks.submissions).toHaveLength(1);
    await dialog.getByRole('textbox').fill('<img src=x onerror=alert(1)> implant');
    await dialog.getByRole('button', { name: 'Exclude' }).click();
    await says(page, 'Excluded');
    expect(under.tasks.submissions[1]!.request.verdict).toEqual({
      verdict: 'exclude',
      reason: '<img src=x onerror=alert(1)> implant',
    });
  });

  it('lists by name what the gates refuse, keeps the drawing, and takes it once it is right', async () => {
    const page = await under.edit(DOT);
    const canvas = await SagittalCanvas.at(page, 'L5/S1 disc');
    await page.keyboard.press('e');
    await canvas.draw([20, 30]);
    await says(page, /^9 voxels changed/);
    await page.getByRole('region', { name: 'Checks' }).getByText('The mask is refused with this.').waitFor();
    // Also told beside the buttons, and one click away where the list is out of sight.
    await page.getByRole('button', { name: /^\d+ checks? not passed$/ }).click();
    await expect.poll(() => isInSight(page.getByText('The mask is refused with this.').first())).toBe(true);
    await page.keyboard.press('s');
    await says(page, 'Refused by the checks');
    await says(page, 'Not empty');
    expect(await under.tasks.show(task(DOT))).toMatchObject({ state: 'claimed', reviewer: 'ann' });
    await page.keyboard.press('z');
    await page.keyboard.press('b');
    await canvas.draw([24, 30]);
    await says(page, /^9 voxels changed/);
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    expect((await maskOf(under.submittedFile(task(DOT)))).voxels).toEqual(
      await expected(DOT, { x: [23, 25], y: [29, 31], z: 4, label: 201 }),
    );
  });
});

describe('nothing is lost', () => {
  it('when the task went to somebody else: a file to save, and another try when it is free', async () => {
    const id = TASKS.leftHanded;
    const page = await under.edit(id);
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('b');
    await canvas.draw([28, 45]);
    await says(page, /^9 voxels changed/);
    under.tasks.takenBy(task(id), 'bob');
    await page.keyboard.press('s');
    await says(page, 'The task is no longer yours');
    await says(page, /Claimed by bob\. Your drawing is kept/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save my mask as a file' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('5_t2_SPACE.mha');
    const wanted = await expected(id, { x: [27, 29], y: [44, 46], z: 4, label: 1 });
    expect((await maskOf(await readFile(await download.path()))).voxels).toEqual(wanted);
    under.tasks.freed(task(id));
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    expect((await maskOf(under.submittedFile(task(id)))).voxels).toEqual(wanted);
  });

  it('when the answer is lost on its way: sent again, taken once', async () => {
    const page = await under.edit(TASKS.sagittal);
    let lost = 0;
    await page.route('**/submit', async (route) => {
      if (lost++ > 0) return route.continue();
      await route.fetch();
      await route.fulfill({ status: 502, body: 'gateway' });
    });
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('b');
    await canvas.draw([28, 45]);
    await says(page, /^9 voxels changed/);
    await page.keyboard.press('s');
    await says(page, 'Not submitted');
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    expect(under.tasks.submissions).toHaveLength(1);
    under.faults.splice(0, 1, ...under.faults.slice(0, 1).filter((fault) => !fault.includes('502')));
  });

  it('when the browser is killed: the drawing is offered on the next visit', async () => {
    const id = TASKS.oblique;
    const before = await under.edit(id);
    const canvas = await SagittalCanvas.at(before, 'L5');
    await before.keyboard.press('b');
    await canvas.draw([28, 45], [28, 50]);
    await says(before, /^24 voxels changed/);
    await before.getByText(/^Kept in this browser/).waitFor();
    await under.crashBrowser();
    const after = await under.edit(id);
    await says(after, 'Unfinished drawing');
    await says(after, /^Nothing changed/);
    await after.getByRole('button', { name: 'Go on with it' }).click();
    await says(after, /^24 voxels changed/);
    await after.keyboard.press('s');
    await says(after, 'Accepted');
    expect((await maskOf(under.submittedFile(task(id)))).voxels).toEqual(
      await expected(id, { x: [27, 29], y: [44, 51], z: 4, label: 1 }),
    );
    await after.reload();
    await after.getByText('This task is not free').waitFor();
  });
});
