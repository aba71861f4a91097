import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { EMPTY_BOX } from '../../../core/erratum-report.ts';
import { people } from '../people.ts';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { PageUnderTest } from './page-under-test.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
  await people(under.records, { ann: 'annotator', leo: 'lead' });
  await under.serve([await sampleTask('phantom/90001/2_t2', SAMPLE_GRIDS.sagittal)]);
});
beforeEach(() => {
  under.errata.box = EMPTY_BOX;
  under.errata.errata.length = 0;
});
afterEach(async () => {
  await under.closeTabs();
  expect(under.faults.splice(0)).toEqual([]);
});
afterAll(() => under.stop());

/** The form, as somebody without an account finds it. */
async function form(): Promise<Page> {
  const page = await under.tab();
  await page.goto(`${under.address}/`);
  await page.getByRole('link', { name: 'Report an error in a published mask' }).click();
  await page.getByRole('heading', { name: 'Report an error in a published mask' }).waitFor();
  return page;
}

async function fill(page: Page, series: string, text: string): Promise<void> {
  await page.getByLabel('Series').fill(series);
  await page.getByLabel('Structure').selectOption({ label: '203 · L3/L4 disc' });
  await page.getByLabel('What is wrong').fill(text);
  await page.getByRole('button', { name: 'Send the report' }).click();
}

it('takes a report from anybody, by the keyboard alone, and tells what becomes of it', async () => {
  const page = await form();
  expect(await page.getByLabel('Dataset').locator('option').allInnerTexts()).toEqual(['phantom, release 1.0.0']);
  expect(await page.getByLabel('Release or version that you have').inputValue()).toBe('1.0.0');
  await page.getByLabel('Series').focus();
  for (const step of ['2_t2.mha', '203', 'the disc is swallowed by the vertebra']) {
    await page.keyboard.type(step);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter'); // in the field of the release
  await page.getByRole('heading', { name: 'Thank you: your report is stored' }).waitFor();
  expect(under.errata.box.reports).toMatchObject([
    { series: '2_t2', label: 203, text: 'the disc is swallowed by the vertebra', release: '1.0.0', reporter: null },
  ]);
  await page.getByRole('link', { name: 'What becomes of it' }).click();
  await page.getByText('It waits for somebody to look at it.').waitFor();
});

it('says at each field what is wrong, sends nothing then, and keeps what was written', async () => {
  const page = await form();
  await fill(page, 'patient 2', 'ask ann@example.org');
  await page.getByText('It holds an e-mail address: say it without.').waitFor();
  const series = page.getByLabel('Series');
  expect(await series.getAttribute('aria-invalid')).toBe('true');
  expect(await series.evaluate((input) => input === document.activeElement)).toBe(true);
  const described = (await series.getAttribute('aria-describedby'))!.split(' ');
  expect(await page.locator(`#${described[1]!}`).innerText()).toContain('2_t2, 107_t1 or 14_t2_SPACE');
  expect(under.errata.box.reports).toEqual([]);
  // A server that is away: nothing is lost, and sent again it is stored.
  under.errata.isOut = true;
  await fill(page, '2_t2', 'the disc is swallowed').catch(() => undefined);
  await page.getByText('Temporal or the object store does not answer.').waitFor();
  expect(under.faults.splice(0)).toEqual([expect.stringContaining('503')]);
  under.errata.isOut = false;
  expect(await page.getByLabel('What is wrong').inputValue()).toBe('the disc is swallowed');
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByRole('heading', { name: /^Thank you/ }).waitFor();
});

it('lets a lead accept a report into a review, or dismiss it with a reason that its sender is told', async () => {
  for (const [series, text] of [
    ['2_t2', 'the disc is swallowed'],
    ['404_t2', 'I do not like it'],
  ] as const) {
    await under.errata.receive('phantom', { series, label: 203, text, release: '0.9.0' });
  }
  const page = await under.signIn('leo', 'errata');
  await page.getByRole('heading', { name: 'Reports that wait: 2' }).waitFor();
  await page.getByRole('button', { name: /^Accept report \w+ of 2_t2$/ }).click();
  await page.getByText(/its review is opened\. Nothing here is called "0\.9\.0"/).waitFor();
  const errata = page.getByRole('region', { name: 'Errata' });
  expect(await errata.getByRole('row').nth(1).innerText()).toMatch(/In review\s+2_t2\s+L3\/L4 disc \(203\)/);
  await page.getByRole('button', { name: /^Accept report \w+ of 404_t2$/ }).click();
  await page.getByText('no such series').waitFor();
  await page.getByRole('button', { name: /^Dismiss report \w+ of 404_t2$/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('ok');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await dialog.getByText('Give a reason of at least three characters.').waitFor();
  await dialog.getByLabel('Reason').fill('a matter of taste');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing waits for your decision.').waitFor();
  expect(under.errata.box.reports.map(({ state, by }) => [state, by])).toEqual([
    ['accepted', 'leo'],
    ['dismissed', 'leo'],
  ]);
  const { id } = under.errata.box.reports[1]!;
  await page.goto(`${under.address}/#/report/phantom/${id}`);
  await page.getByText('It was dismissed: a matter of taste').waitFor();
  await page.goto(`${under.address}/#/errata`);
  await page.getByRole('link', { name: 'Review' }).click();
  await page.getByRole('complementary', { name: 'Task' }).waitFor();
});

it('shows a lead which version mended an erratum, and others nothing', async () => {
  await under.errata.receive('phantom', { series: '2_t2', text: 'the disc is swallowed' });
  const { id } = under.errata.box.reports[0]!;
  const { erratum } = await under.errata.accept('phantom', id, 'leo');
  under.errata.errata[0] = {
    ...erratum,
    state: 'fixed',
    outcome: {
      ...{ version: 'c'.repeat(64), mask: 'd'.repeat(64), reviewer: 'ann', voxelsChanged: 7, reason: null },
      affected: { versions: [], models: [], evaluations: [] },
    },
  };
  const page = await under.signIn('leo', 'errata/phantom');
  const row = page.getByRole('region', { name: 'Errata' }).getByRole('row').nth(1);
  expect(await row.innerText()).toMatch(/Fixed\s+2_t2\s+whole mask\s+the disc is swallowed\s+1{12}\s+c{12}/);
  await page.goto(`${under.address}/#/report/phantom/${id}`);
  await page.getByText(`The mask was mended in version ${'c'.repeat(12)}.`).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText(/The mask was mended/).waitFor(); // still: it is public
  await page.close();
  const annotator = await under.signIn('ann', 'errata');
  await annotator.getByRole('heading', { name: 'Review queue' }).waitFor();
  expect(await annotator.getByRole('link', { name: 'Errata' }).count()).toBe(0);
});
