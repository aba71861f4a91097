import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Role } from '../../../core/roles.ts';
import type { FakeTask } from '../fake-tasks.ts';
import { PASSWORD, people } from '../people.ts';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { says } from './expectations.ts';
import { PageUnderTest } from './page-under-test.ts';
import { SagittalCanvas } from './sagittal-canvas.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const TASK = 'phantom/2/11_t1';
const ROLES: Record<string, Role> = { ann: 'annotator', leo: 'lead', eve: 'engineer' };

let sample: FakeTask;
let under: PageUnderTest;
let away: RegExp | null = null;

beforeAll(async () => {
  sample = await sampleTask(TASK, SAMPLE_GRIDS.sagittal, { doubt: 0.6 });
  under = await PageUnderTest.start();
});
beforeEach(async () => {
  under.records.objects.clear();
  await people(under.records, ROLES);
  await under.serve([sample]);
});
afterEach(async () => {
  await under.closeTabs();
  expect(under.faults.splice(0).filter((fault) => !away?.test(fault))).toEqual([]);
  away = null;
});
afterAll(() => under.stop());

async function fill(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

async function signedIn(name: string, place = 'tasks'): Promise<Page> {
  const page = await under.tab();
  await page.goto(`${under.address}/#/${place}`);
  await fill(page, name);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}

/** Ends every session as the bucket's own people would, and has the server forget what it looked up. */
async function endSessions(name: string): Promise<void> {
  const accounts = await people(under.records, {});
  await accounts.endSessions(name, 'command-line/test');
  await under.goAway();
  await under.comeBack();
  // What a server that was away for a moment leaves in the console.
  away = /^console: Failed to load resource: net::ERR_/;
}

describe('signing in with an account', () => {
  it('says what is wrong, then who one is, and ends where one wanted to go', async () => {
    const page = await under.tab();
    await page.goto(`${under.address}/#/board`);
    await fill(page, 'leo', 'not the password');
    await page.getByText('The name or the password is wrong, or the account is disabled.').waitFor();
    await fill(page, 'leo');
    await page.getByRole('heading', { name: 'Campaigns' }).waitFor();
    expect(await page.locator('.person').innerText()).toMatch(/leo\s+lead/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('shows each role what it may do', async () => {
    const annotator = await signedIn('ann');
    await annotator.getByRole('link', { name: /Review next/ }).waitFor();
    expect(await annotator.getByRole('link', { name: 'Campaigns' }).count()).toBe(0);
    await annotator.evaluate(() => (location.hash = '#/board'));
    await annotator.getByText('Not for your role').waitFor();
    await annotator.getByRole('button', { name: 'Sign out' }).click();
    const engineer = await signedIn('eve');
    await engineer.getByRole('link', { name: 'Review 11_t1' }).waitFor();
    expect(await engineer.getByRole('link', { name: /Review next/ }).isVisible()).toBe(false);
    await engineer.getByRole('link', { name: 'Review 11_t1' }).click();
    await engineer.getByText('Reviewing is not for your role.').waitFor();
    expect(await under.tasks.show(TASK)).toMatchObject({ state: 'queued' });
  });
});

it('the queue says what skills a task asks for, and offers it to whoever has them', async () => {
  const skilled = await sampleTask('phantom/2/12_t2', SAMPLE_GRIDS.sagittal, { doubt: 0.9 });
  Object.assign(skilled.input, { demands: { skills: ['scoliosis'] } });
  await under.serve([sample, skilled]);
  const next = (page: Page) => page.getByRole('link', { name: /Review next/ });
  let page = await signedIn('ann');
  await page.locator('tbody tr').first().getByText('asks for scoliosis').waitFor();
  expect(await next(page).getAttribute('href')).toBe(`#/tasks/${TASK}`);
  await page.getByRole('link', { name: 'Review 12_t2' }).click();
  await page.getByText('It asks for scoliosis.').waitFor();
  await (await people(under.records, {})).setSkills('ann', ['scoliosis'], 'command-line/test');
  await under.closeTabs();
  page = await signedIn('ann');
  await next(page).waitFor();
  expect(await next(page).getAttribute('href')).toBe('#/tasks/phantom/2/12_t2');
});

describe('a session that ends while somebody draws', () => {
  it('asks for another sign-in over the drawing, and the verdict goes on', async () => {
    const page = await signedIn('ann', `tasks/${TASK}`);
    await page.getByRole('complementary', { name: 'Task' }).waitFor();
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('b');
    await canvas.draw([28, 45]);
    await says(page, /^9 voxels changed/);
    await endSessions('ann');
    await page.keyboard.press('s');
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    await dialog.getByText('Your session has ended').waitFor();
    expect(await dialog.getByLabel('Name').inputValue()).toBe('ann');
    await page.keyboard.press('Escape');
    await dialog.getByLabel('Password').fill('not the password');
    await page.keyboard.press('Enter');
    await dialog.getByText(/is wrong/).waitFor();
    await dialog.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await says(page, 'Accepted');
    expect(under.tasks.submissions).toHaveLength(1);
    expect(under.tasks.submissions[0]!.request.reviewer).toBe('ann');
  });

  it('does not go on as somebody else', async () => {
    const page = await signedIn('ann', `tasks/${TASK}`);
    await page.getByRole('complementary', { name: 'Task' }).waitFor();
    await endSessions('ann');
    const other = await signedIn('leo');
    await page.bringToFront();
    await page.keyboard.press('n');
    // The cookie is leo's by now: nothing is done under that name here.
    await page.getByText('In this browser leo is signed in by now.').waitFor();
    await other.close();
  });
});

describe('drafts on the server', () => {
  it('are offered on another machine, to their author alone', async () => {
    const page = await signedIn('ann', `tasks/${TASK}`);
    await page.getByRole('complementary', { name: 'Task' }).waitFor();
    const canvas = await SagittalCanvas.at(page, 'L5');
    await page.keyboard.press('b');
    await canvas.draw([28, 45]);
    await says(page, /^9 voxels changed/);
    const kept = page.waitForResponse((response) => response.request().method() === 'PUT');
    await page.evaluate(() => (location.hash = '#/tasks')); // leaving the editor sends what waits
    expect((await kept).status()).toBe(200);
    // Another machine has nothing in its browser.
    await page.evaluate(() => new Promise((done) => (indexedDB.deleteDatabase('spindle').onsuccess = done)));
    await page.evaluate((hash) => (location.hash = hash), `#/tasks/${TASK}`);
    await says(page, 'Unfinished drawing');
    await page.getByRole('button', { name: 'Go on with it' }).click();
    await says(page, /^9 voxels changed/);
    await page.keyboard.press('s');
    await says(page, 'Accepted');
    expect([...under.records.objects.keys()].filter((key) => key.startsWith('drafts/'))).toEqual([]);
  });
});

it('shows in the queue what others do, without being asked', async () => {
  const page = await signedIn('leo');
  await page.getByRole('link', { name: 'Review 11_t1' }).waitFor();
  const row = page.locator('tbody tr').first();
  const lists: string[] = [];
  await page.waitForTimeout(6_000); // longer than the queue asks by itself when nobody tells it
  page.on('request', (request) => request.url().includes('api/tasks') && lists.push(request.url()));
  await page.waitForTimeout(6_000);
  expect(lists).toEqual([]);
  under.tasks.takenBy(TASK, 'bob');
  await row.getByText('bob').waitFor();
  await row.getByText('In work').waitFor();
});
