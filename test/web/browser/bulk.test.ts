import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeTask } from '../fake-tasks.ts';
import { people } from '../people.ts';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { PageUnderTest } from './page-under-test.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const SERIES = ['11_t1', '12_t2', '13_t1'];
const taskOf = (series: string) => `phantom/2/${series}`;

let samples: FakeTask[];
let under: PageUnderTest;

beforeAll(async () => {
  samples = await Promise.all(SERIES.map((series) => sampleTask(taskOf(series), SAMPLE_GRIDS.sagittal)));
  under = await PageUnderTest.start();
});
beforeEach(async () => {
  under.records.objects.clear();
  await people(under.records, { ann: 'annotator', bob: 'annotator', leo: 'lead' });
  await under.serve(samples);
});
afterEach(async () => {
  await under.closeTabs();
  expect(under.faults.splice(0)).toEqual([]);
});
afterAll(() => under.stop());

const bar = (page: Page) => page.getByRole('region', { name: 'Chosen tasks' });
const row = (page: Page, series: string) => page.locator('tbody tr').filter({ hasText: series });
const choose = (page: Page, series: string) => page.getByLabel(`Choose ${series}`).check();
const flags = async (series: string) => (await under.tasks.show(taskOf(series))).flags ?? [];

describe('several tasks at once', () => {
  it('are chosen by hand, by keys and all together, and lose what is out of sight', async () => {
    const page = await under.signIn('leo', 'tasks');
    await choose(page, '11_t1');
    await bar(page).getByText('1 chosen').waitFor();
    await page.getByRole('link', { name: 'Review 12_t2' }).focus();
    await page.keyboard.press('x');
    await bar(page).getByText('2 chosen').waitFor();
    await page.getByLabel('Choose all that are listed').check();
    await bar(page).getByText('3 chosen').waitFor();
    await page.getByLabel('Filter tasks').fill('12_t2');
    await bar(page).getByText('1 chosen').waitFor();
    await page.getByLabel('Filter tasks').fill('');
    await row(page, '11_t1').waitFor();
    await bar(page).getByText('1 chosen').waitFor();
    await page.getByRole('button', { name: 'Choose none' }).click();
    await bar(page).waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Review 12_t2' }).focus();
    await page.keyboard.press('l');
    const name = page.getByRole('dialog').getByLabel('Assign to');
    await name.waitFor();
    expect(await name.inputValue()).toBe(''); // the key itself is not typed into it
    await page.keyboard.press('Escape');
    expect(page.url()).toMatch(/#\/tasks$/); // no click on a box opened a task
  });

  it('are moved one by one; what is refused is named and stays chosen', async () => {
    const page = await under.signIn('leo', 'tasks');
    await page.getByLabel('Choose all that are listed').check();
    await bar(page).getByRole('button', { name: 'Pin', exact: true }).click();
    await page.getByText('Pinned: 3 tasks').waitFor();
    expect(await Promise.all(SERIES.map(flags))).toEqual([['pinned'], ['pinned'], ['pinned']]);
    await row(page, '13_t1').getByText('pinned by a lead').waitFor();

    await choose(page, '12_t2');
    await choose(page, '13_t1');
    // Between the choice and the click somebody finishes one.
    await under.tasks.claim(taskOf('12_t2'), { reviewer: 'bob' });
    const { digest: baseDigest } = samples[1]!.input.proposal;
    const verdict = { verdict: 'exclude', reason: 'motion' } as const;
    await under.tasks.submit(taskOf('12_t2'), { reviewer: 'bob', baseDigest, minutes: 1, verdict });
    await bar(page).getByRole('button', { name: 'Pause', exact: true }).click();
    const told = page.getByRole('status').filter({ hasText: 'Paused: 1 of 2' });
    await told.getByText('12_t2 Already excluded.').waitFor();
    expect(await flags('13_t1')).toEqual(['pinned', 'paused']);
  });

  it('are given to somebody there is, after a question where somebody loses work', async () => {
    under.tasks.takenBy(taskOf('11_t1'), 'bob');
    const page = await under.signIn('leo', 'tasks');
    await choose(page, '11_t1');
    await choose(page, '12_t2');
    const dialog = page.getByRole('dialog');
    const name = dialog.getByLabel('Assign to');
    const assign = async (to: string) => {
      await name.fill(to);
      await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
    };
    await bar(page).getByRole('button', { name: 'Assign …' }).click();
    await dialog.locator('option[value=leo]').waitFor({ state: 'attached' });
    expect(await dialog.locator('option').evaluateAll((all) => all.map((each) => each.textContent))).toEqual([
      ...['annotator', 'annotator', 'lead'],
    ]);
    await assign('an');
    expect(await name.evaluate((field: HTMLInputElement) => field.validationMessage)).toBe(
      'There is no account "an" that reviews.',
    );
    await assign('ann');
    await dialog.filter({ hasText: 'Take 1 task from bob?' }).waitFor();
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.getByText('Assigned to ann: 2 tasks').waitFor();
    await row(page, '11_t1').getByText('for ann').waitFor();
    await choose(page, '11_t1');
    await bar(page).getByRole('button', { name: 'Give back' }).click();
    await page.getByText('Given back to anybody: 1 task').waitFor();
    expect(await under.tasks.show(taskOf('11_t1'))).not.toHaveProperty('assignee');
    expect(await under.tasks.show(taskOf('12_t2'))).toMatchObject({ assignee: 'ann' });
  });

  it('are for leads', async () => {
    const page = await under.signIn('ann', 'tasks');
    await row(page, '11_t1').waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(0);
  });
});
