import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { PageUnderTest } from './page-under-test.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TASK = 'phantom/2/11_t1';

describe('another image of the study beside', () => {
  let under: PageUnderTest;
  beforeAll(async () => {
    under = await PageUnderTest.start();
    const [sample, other, alone] = await Promise.all([
      sampleTask(TASK, SAMPLE_GRIDS.sagittal),
      sampleTask('phantom/2/11_t2', SAMPLE_GRIDS.oblique),
      sampleTask('phantom/2/12_t2', SAMPLE_GRIDS.oblique),
    ]);
    await under.serve([{ ...sample, companions: [{ series: '11_t2', file: other.image }] }, alone]);
  });
  afterEach(async () => {
    await under.closeTabs();
    expect(under.faults.splice(0)).toEqual([]);
  });
  afterAll(() => under.stop());

  const place = (page: Page) => page.locator('.place').textContent();
  const canvasBeside = (page: Page) => page.getByLabel('Image 11_t2 of the same study');

  it('is shown and taken away by key, and its crosshair leads the other one', async () => {
    const page = await under.edit(TASK);
    await page.getByLabel('Other image beside').waitFor();
    await page.keyboard.press('2');
    const own = page.getByLabel('Image with the mask drawn over it');
    const whole = (await own.boundingBox())!.width;
    await page.keyboard.press('t');
    await page.getByText('11_t2', { exact: true }).last().waitFor();
    const beside = (await canvasBeside(page).boundingBox())!;
    expect((await own.boundingBox())!.width).toBeLessThan(0.7 * whole);

    const before = await place(page);
    await page.mouse.click(beside.x + beside.width * 0.5, beside.y + beside.height * 0.3);
    await expect.poll(() => place(page), { timeout: 20_000 }).not.toBe(before);
    const upper = await place(page);
    await page.mouse.click(beside.x + beside.width * 0.5, beside.y + beside.height * 0.7);
    await expect.poll(() => place(page), { timeout: 20_000 }).not.toBe(upper);
    // Rows count from the head down: lower on the page is a larger y.
    const row = (text: string | null) => Number(/^Voxel \d+, (\d+),/.exec(text ?? '')![1]);
    expect(row(await place(page))).toBeGreaterThan(row(upper));

    await page.keyboard.press('t');
    await canvasBeside(page).waitFor({ state: 'detached' });
    await expect.poll(async () => (await own.boundingBox())!.width, { timeout: 20_000 }).toBe(whole);
  });

  it('is not offered where the study has no other', async () => {
    const page = await under.edit('phantom/2/12_t2');
    await page.getByText('Grey window').waitFor();
    await page.keyboard.press('t');
    expect(await page.getByLabel('Other image beside').isVisible()).toBe(false);
    expect(await page.locator('.companion-frame').isVisible()).toBe(false);
  });
});
