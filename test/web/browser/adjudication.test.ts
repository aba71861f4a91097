import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { blockSpine } from '../sample-tasks.ts';
import { otherRead, sampleAdjudication } from '../sample-adjudication.ts';
import type { FakeTask } from '../fake-tasks.ts';
import { people } from '../people.ts';
import { maskOf, says } from './expectations.ts';
import { PageUnderTest } from './page-under-test.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TASK = 'phantom/2/11_t1.adjudication';
const SIZE = [40, 64, 9] as const;

let sample: FakeTask;
let under: PageUnderTest;

beforeAll(async () => {
  sample = await sampleAdjudication('phantom/2/11_t1');
  under = await PageUnderTest.start();
});
beforeEach(async () => {
  under.records.objects.clear();
  await people(under.records, { sam: 'radiologist', leo: 'lead' });
  await under.serve([sample]);
});
afterEach(async () => {
  await under.closeTabs();
  expect(under.faults.splice(0)).toEqual([]);
});
afterAll(() => under.stop());

const panel = (page: Page) => page.getByRole('region', { name: 'Two reads' });

/** The labels of a submitted mask that are not as they should be by a rule of voxel indices. */
async function unlike(rule: typeof blockSpine): Promise<number> {
  const { voxels } = await maskOf(under.submittedFile(TASK));
  const complete = (label: number) => (label > 100 && label < 126 ? label - 100 : label);
  const at = (i: number) =>
    [i % SIZE[0], Math.floor(i / SIZE[0]) % SIZE[1], Math.floor(i / (SIZE[0] * SIZE[1]))] as const;
  return voxels.reduce<number>((sum, label, i) => sum + (label === complete(rule(...at(i))) ? 0 : 1), 0);
}

describe('deciding between two reads', () => {
  it('shows both and where they differ, and goes from one difference to the next', async () => {
    const page = await under.signIn('sam', `tasks/${TASK}`);
    const reads = panel(page);
    // 16 × 4 × 5 voxels of the disc, then two rows of 16 × 5 of L5; both touch nothing else that differs.
    await reads.getByText('Place 1 of 2: 320 voxels, L4/L5 disc in A, L4 in B').waitFor();
    await page.getByText(/A: L4\/L5 disc · B: L4$/).waitFor();
    await page.keyboard.press('p');
    await reads.getByText('Place 2 of 2: 160 voxels, L5 in A, nothing in B').waitFor();
    await page.getByText(/^Voxel .* · L5 · A: L5 · B: background$/i).waitFor();
    const rows = await reads.locator('tbody tr').allInnerTexts();
    const figures = rows.map((row) => row.split(/\s*[\t\n]\s*/).slice(0, 3));
    // L4: 16 × 16 × 5 = 1280 voxels in A, 1600 in B: Dice 2560 / 2880. L5: 1280 and 1120: 2240 / 2400.
    expect(figures).toEqual([
      ['L4', '320', '0.889'],
      ['L4/L5 disc', '320', 'only A'],
      ['L5', '160', '0.933'],
    ]);
    const pressed = () => reads.locator('.views [aria-pressed=true]').innerText();
    const seen = [await pressed()];
    for (const key of ['q', 'q', 'h']) {
      await page.keyboard.press(key);
      seen.push(await pressed());
    }
    expect(seen).toEqual(['My mask', 'Read A', 'Read B', 'Differences']);
    await reads.getByText('something in A only').waitFor();
    await page.getByLabel('Image or read beside').selectOption('Read B');
    await page.locator('canvas[aria-label="Read B beside"]').waitFor();
    expect(await page.getByRole('complementary', { name: 'Task' }).innerText()).not.toMatch(/\b(ann|bob)\b/);
  });

  it('takes one structure from the other read, and submits that mask to the voxel', async () => {
    const page = await under.signIn('sam', `tasks/${TASK}`);
    const reads = panel(page);
    await reads.getByText('My mask is read A as it is.').waitFor();
    await page.getByRole('button', { name: 'Take L5 from read B' }).click();
    await reads.getByText('My mask: 160 voxels unlike A, 320 unlike B.').waitFor();
    await page.keyboard.press('z');
    await reads.getByText('My mask is read A as it is.').waitFor();
    await page.keyboard.press('y');
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    expect(await unlike((x, y, z) => (blockSpine(x, y, z) === 202 ? 202 : otherRead(x, y, z)))).toBe(0);
    expect(await unlike(blockSpine)).toBe(160); // the control
  });

  it('takes the whole of the second read', async () => {
    const page = await under.signIn('sam', `tasks/${TASK}`);
    await page.getByRole('button', { name: 'Take all of read B' }).click();
    await panel(page).getByText('My mask is read B as it is.').waitFor();
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    expect(await unlike(otherRead)).toBe(0);
  });

  it('is kept from whoever does not decide, and told of a reader who excluded the series', async () => {
    await under.tasks.claim(TASK, { reviewer: 'sam', role: 'radiologist' });
    let page = await under.signIn('leo', `tasks/${TASK}`);
    await page.getByRole('button', { name: 'Look without claiming' }).click();
    await page.getByText('The reads to decide between are shown to whoever has claimed the decision').waitFor();
    const [first] = sample.input.candidates!;
    const alone = { ...sample, input: { ...sample.input, candidates: [first!], excludedBecause: 'metal implant' } };
    await under.serve([alone]);
    await under.closeTabs();
    page = await under.signIn('sam', `tasks/${TASK}`);
    await panel(page).getByText('“metal implant”').waitFor();
    await page.getByRole('button', { name: 'Accept as is' }).click();
    await says(page, 'Accepted');
  });
});
