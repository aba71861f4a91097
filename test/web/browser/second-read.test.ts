import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Role } from '../../../core/roles.ts';
import type { FakeTask } from '../fake-tasks.ts';
import { PASSWORD, people } from '../people.ts';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { says } from './expectations.ts';
import { PageUnderTest, TOKEN } from './page-under-test.ts';
import { SagittalCanvas } from './sagittal-canvas.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TASK = 'phantom/2/11_t1';
const OTHER = 'phantom/2/12_t2';
const ROLES: Record<string, Role> = { ann: 'annotator', bob: 'annotator', sam: 'radiologist', leo: 'lead' };

let samples: FakeTask[];
let under: PageUnderTest;

beforeAll(async () => {
  samples = await Promise.all([
    sampleTask(TASK, SAMPLE_GRIDS.sagittal, { doubt: 0.6 }),
    sampleTask(OTHER, SAMPLE_GRIDS.oblique, { doubt: 0.2 }),
  ]);
  Object.assign(samples[0]!.input, { secondRead: 'doubt', expectedMinutes: 6.4 });
  under = await PageUnderTest.start();
});
beforeEach(async () => {
  under.records.objects.clear();
  await people(under.records, ROLES);
  await under.serve(samples);
});
afterEach(async () => {
  await under.closeTabs();
  expect(under.faults.splice(0)).toEqual([]);
});
afterAll(() => under.stop());

/** The only tab, signed in as somebody; whoever was before is signed out. */
async function signedIn(name: string, place = 'tasks'): Promise<Page> {
  await under.closeTabs();
  const page = await under.tab();
  await page.goto(`${under.address}/#/${place}`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}

async function editing(name: string, task = TASK): Promise<Page> {
  const page = await signedIn(name, `tasks/${task}`);
  await page.getByRole('complementary', { name: 'Task' }).waitFor();
  return page;
}

const shown = (page: Page, series: string) => page.locator('tbody tr').filter({ hasText: series });

describe('a second read', () => {
  it('is sent back by a senior with a reason, which the author reads and answers', async () => {
    let page = await editing('ann');
    await page.getByText('about 6 min').waitFor();
    expect(await page.getByRole('button', { name: 'Send back' }).count()).toBe(0);
    await page.keyboard.press('a');
    await says(page, 'Handed in: a senior reads it next');

    page = await signedIn('bob', `tasks/${TASK}`);
    await page
      .getByText(/^A senior reads it next \(a radiologist or a lead or an admin\), not an annotator/i)
      .waitFor();

    page = await signedIn('sam');
    expect(await shown(page, '11_t1').innerText()).toMatch(/waits for a senior\s+about 6 min\s+Waits for a senior/);
    await page.keyboard.press('n'); // the senior's own queue begins with it
    await page.getByText('Second read', { exact: true }).waitFor();
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What to look at').fill(' ');
    await page.getByRole('button', { name: 'Send back', exact: true }).click();
    expect(await dialog.isVisible()).toBe(true);
    await dialog.getByLabel('What is wrong').selectOption('Border');
    await dialog.getByLabel('What to look at').fill('L5 <b>bleeds</b> into the canal');
    await page.getByRole('button', { name: 'Send back', exact: true }).click();
    await says(page, 'Sent back');

    page = await signedIn('ann');
    expect(await shown(page, '11_t1').innerText()).toMatch(/sent back to ann.*for ann \(you\)/s);
    await page.keyboard.press('n');
    const note = page.getByRole('note');
    await note.getByText('Sent back by sam').waitFor();
    expect(await note.innerText()).toContain('Border: L5 <b>bleeds</b> into the canal');
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('b');
    await canvas.draw([28, 45]);
    await says(page, /^9 voxels changed/);
    await page.keyboard.press('s');
    await says(page, 'Handed in: a senior reads it next');
    const events = (await under.tasks.show(TASK)).history.map(({ event }) => event);
    expect(events.filter((event) => ['submitted', 'second-read', 'sent-back'].includes(event))).toEqual([
      ...['submitted', 'second-read', 'submitted', 'sent-back', 'submitted', 'second-read'],
    ]);
  });
});

describe('a task in hand', () => {
  it('is talked about at a place, and given back', async () => {
    let page = await editing('ann');
    await SagittalCanvas.at(page, 'L5');
    const at = (await page.getByText(/^Voxel /).innerText()).match(/^Voxel (\d+), (\d+), (\d+)/)!.slice(1, 4);
    await page.keyboard.press('k');
    await page.keyboard.type('S1 or L6? <img src=x>');
    await page.keyboard.press('Control+Enter');
    const talk = page.getByRole('region', { name: 'Comments' });
    await talk.getByText('S1 or L6? <img src=x>').waitFor();
    expect(await talk.getByLabel('Comment', { exact: true }).inputValue()).toBe('');
    expect((await under.tasks.show(TASK)).comments).toMatchObject([{ by: 'ann', voxel: at.map(Number) }]);
    // What another one says arrives, and leads to its place.
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const said = { move: 'comment', by: 'sam', voxel: [3, 4, 5], text: 'S1: count from the sacrum' };
    await fetch(`${under.address}/api/tasks/${TASK}/moves`, { method: 'POST', headers, body: JSON.stringify(said) });
    await talk.getByText('S1: count from the sacrum').waitFor();
    await page.getByRole('button', { name: 'sam has commented: show' }).click();
    await page.getByText('Voxel 3, 4, 5 ').waitFor();
    expect(await page.getByRole('button', { name: /has commented/ }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await says(page, 'Given back');
    expect(await page.getByRole('button', { name: 'Accept as is' }).isDisabled()).toBe(true);
    expect(await under.tasks.show(TASK)).toMatchObject({ state: 'queued', reviewer: null });

    // Another reader goes to the very voxel.
    page = await editing('bob');
    await page.getByText(/· 2 comments$/).waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await page.getByText(/^Voxel /).innerText()).not.toContain(`Voxel ${at.join(', ')} `);
    await page.getByRole('button', { name: `at ${at.join(', ')}` }).click();
    await page.getByText(`Voxel ${at.join(', ')} `).waitFor();
  });
});

describe('a lead', () => {
  it('pins, pauses, skips and assigns from the queue, and nobody else can', async () => {
    under.tasks.takenBy(TASK, 'bob');
    expect(await (await signedIn('ann')).getByRole('button', { name: /^Steer/ }).count()).toBe(0);
    const page = await signedIn('leo');
    const steer = async (series: string, button: string) => {
      await page.getByRole('button', { name: `Steer ${series}` }).click();
      await page.getByRole('dialog').getByRole('button', { name: button }).click();
    };
    await steer('12_t2', 'Pin to the front');
    await shown(page, '12_t2').getByText('pinned by a lead').waitFor();
    expect(await page.locator('tbody td.strong').allTextContents()).toEqual(['12_t2', '11_t1']);
    await page.getByRole('link', { name: 'Review 12_t2' }).focus();
    await page.keyboard.press('l');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await shown(page, '12_t2').getByText('paused; pinned by a lead').waitFor();

    await steer('11_t1', 'Skip');
    const sure = page.getByRole('dialog').filter({ hasText: 'Skip 11_t1?' });
    await sure.getByRole('button', { name: 'Cancel' }).click();
    expect((await under.tasks.show(TASK)).flags).toBeUndefined();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Assign to').fill('Ann Smith');
    await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
    await dialog.getByLabel('Assign to').fill('ann');
    await dialog.getByLabel('Reason').fill('bob is away');
    await dialog.getByRole('button', { name: 'Assign', exact: true }).click();
    await page.getByRole('button', { name: 'Take it', exact: true }).click();
    await shown(page, '11_t1').getByText('for ann').waitFor();
    const { assignee, state, history } = await under.tasks.show(TASK);
    expect([assignee, state, history.at(-1)!.note]).toEqual(['ann', 'queued', 'to ann: bob is away']);
  });
});
