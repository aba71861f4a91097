import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeTask } from '../fake-tasks.ts';
import { SAMPLE_GRIDS, sampleTask } from '../sample-tasks.ts';
import { PageUnderTest, TOKEN } from './page-under-test.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const SURE = 'phantom/2/11_t1';

let samples: FakeTask[];
let under: PageUnderTest;

beforeAll(async () => {
  samples = await Promise.all([
    sampleTask(SURE, SAMPLE_GRIDS.sagittal, { doubt: 0.1 }),
    sampleTask('phantom/2/12_t2', SAMPLE_GRIDS.oblique, { doubt: 0.8 }),
    sampleTask('other/1/5_t2_SPACE', SAMPLE_GRIDS.leftHanded, { doubt: 0.5, kind: 'misalignment' }),
  ]);
  under = await PageUnderTest.start();
});
beforeEach(() => under.serve(samples));
afterEach(async () => {
  await under.closeTabs();
  expect(under.faults.splice(0)).toEqual([]);
});
afterAll(() => under.stop());

describe('signing in', () => {
  it('refuses a wrong token, takes the right one, and asks once for a name', async () => {
    const page = await under.tab();
    await page.goto(under.address);
    await page.getByText('Use the access token').click();
    await page.getByLabel('Access token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The server does not know this access token.').waitFor();
    await page.getByLabel('Access token').fill(TOKEN);
    await page.keyboard.press('Enter');
    const name = page.getByLabel('Reviewer name');
    await name.fill('Ann Smith');
    await page.keyboard.press('Enter');
    expect(await name.isVisible()).toBe(true);
    await name.fill('ann');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Review queue' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'ann' }).waitFor();
  });

  it('takes the token of the address and leaves it nowhere to be seen', async () => {
    const page = await under.open('tasks');
    expect(page.url()).toBe(`${under.address}/#/tasks`);
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    const seen = () =>
      page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
    expect(await seen()).toBe('["",{"spindle.reviewer":"ann"},{}]');
    await page.reload();
    await page.getByRole('heading', { name: 'Review queue' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('the queue', () => {
  it('lists the most doubtful first, filters, and is walked by keys', async () => {
    const page = await under.open('tasks');
    const series = () => page.locator('tbody td.strong').allTextContents();
    await page.getByRole('link', { name: 'Review 12_t2' }).waitFor();
    expect(await series()).toEqual(['12_t2', '5_t2_SPACE', '11_t1']);
    expect(await page.getByRole('link', { name: /Review next/ }).getAttribute('href')).toBe('#/tasks/phantom/2/12_t2');
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    expect(await focused()).toBe('5_t2_SPACE');
    await page.keyboard.press('/');
    await page.keyboard.type('phantom 2');
    expect(await series()).toEqual(['12_t2', '11_t1']);
    await page.keyboard.type(' zebra');
    await page.getByText('No task matches').waitFor();
    await page.getByLabel('Filter tasks').fill('');
    await page.getByLabel('State').selectOption('Done');
    await page.getByText('Nothing finished yet').waitFor();
  });

  it('says so when there is nothing to do', async () => {
    await under.serve([]);
    const page = await under.open('tasks');
    await page.getByText('Nothing to review').waitFor();
    expect(await page.getByRole('link', { name: /Review next/ }).isVisible()).toBe(false);
  });

  it('shows each series in a small picture', async () => {
    const page = await under.open('tasks');
    const pictures = page.locator('.thumbnail img');
    await page.getByRole('link', { name: 'Review 12_t2' }).waitFor();
    expect(await pictures.count()).toBe(3);
    const sizes = () => pictures.evaluateAll((all) => all.map((each) => (each as HTMLImageElement).naturalHeight));
    await vi.waitFor(async () => expect(await sizes()).toEqual([160, 160, 160]), { timeout: 20_000 });
    // They say nothing that the row does not.
    expect(await pictures.evaluateAll((all) => all.map((each) => each.getAttribute('alt')))).toEqual(['', '', '']);
  });

  it('says when the server is away, keeps the list in sight, and comes back by itself', async () => {
    const page = await under.open('tasks');
    const first = page.getByRole('link', { name: 'Review 12_t2' });
    await first.waitFor();
    await under.goAway();
    const told = page.getByText(/^The server does not answer\. This is the list of \d\d:\d\d/);
    await told.waitFor();
    expect(await first.isVisible()).toBe(true);
    await page.getByLabel('State').selectOption('Done');
    await page.getByRole('button', { name: 'Try again' }).waitFor(); // that list was never seen
    await page.getByLabel('State').selectOption('Open');
    await under.comeBack();
    await first.waitFor();
    await told.waitFor({ state: 'hidden' });
    const away = under.faults.splice(0);
    expect(away.filter((fault) => !/^console: Failed to load resource: net::ERR_/.test(fault))).toEqual([]);
  });
});

describe('a task that is not mine', () => {
  it('can be looked at and not answered', async () => {
    under.tasks.takenBy(SURE, 'bob');
    const page = await under.open(`tasks/${SURE}`);
    await page.getByText('Claimed by bob.').waitFor();
    await page.getByRole('button', { name: 'Look without claiming' }).click();
    await page.getByText('You have not claimed this task.').waitFor();
    for (const name of ['Accept as is', 'Submit correction', 'Exclude', 'Brush', 'Number up']) {
      expect(await page.getByRole('button', { name }).isDisabled(), name).toBe(true);
    }
    await page.keyboard.press('a');
    await page.keyboard.press('u');
    expect(under.tasks.submissions).toEqual([]);
    await page.getByText('Nothing changed').waitFor();
    expect(await page.getByRole('button', { name: /^$/ }).count()).toBe(0);
    expect(
      await page
        .locator('input, select, textarea')
        .filter({ hasNot: page.locator('*') })
        .count(),
    ).toBeGreaterThan(0);
  });

  it('is named when there is no such task', async () => {
    const page = await under.open('tasks/phantom/2/99_t1');
    await page.getByText('No such task').waitFor();
    await page.getByRole('link', { name: 'Back to the queue' }).click();
    await page.getByRole('heading', { name: 'Review queue' }).waitFor();
  });
});

it('shows the board: the running round, the finished ones, the way to Temporal', async () => {
  const page = await under.open('board');
  await page.getByRole('heading', { name: 'Round 3' }).waitFor();
  expect(await page.locator('[aria-current=step]').textContent()).toContain('Review');
  const finished = page.locator('section.card').filter({ hasText: 'Finished rounds' });
  const rows = await finished.locator('tbody tr').allTextContents();
  expect(rows).toHaveLength(2);
  expect(rows[0]).toContain('New model serves');
  expect(rows[1]).toContain('Kept the old');
  const link = page.getByRole('link', { name: /Temporal/ });
  expect(await link.getAttribute('href')).toBe('http://127.0.0.1:8233');
  await page.getByRole('link', { name: 'quiet' }).click();
  await page.getByText('Nobody has started a campaign on this dataset.').waitFor();
});

it('shows leads how well review does, by round, or that nothing is known', async () => {
  const page = await under.open('board/phantom');
  const findings = page.getByRole('region', { name: 'How well review does' });
  const row = (title: string, name: string) =>
    findings.getByRole('region', { name: title }).locator('tbody tr').filter({ hasText: name });
  await row('Lean towards the model', 'Discs').getByText('0.600', { exact: true }).waitFor();
  expect(await row('Error that review lets pass', 'Discs').innerText()).toMatch(/^Discs\s+2\s+1\s+0\.500/);
  await findings.getByLabel('Round').selectOption('Round 1');
  await row('Lean towards the model', 'Discs').getByText('0.700', { exact: true }).waitFor();
  expect(await row('Lean towards the model', 'Discs').innerText()).toContain('too few patients for an interval');

  // A fault, and the way out of it.
  await page.route('**/findings**', (route) => route.fulfill({ status: 503, json: {} }));
  await findings.getByLabel('Round').selectOption('Round 2');
  await findings.getByText('The server answered 503.').waitFor();
  await page.unroute('**/findings**');
  await findings.getByRole('button', { name: 'Try again' }).click();
  await row('Lean towards the model', 'Discs').getByText('0.500', { exact: true }).first().waitFor();
  expect(under.faults.splice(0)).toEqual([expect.stringMatching(/status of 503/)]);

  await page.route('**/findings**', async (route) => {
    const json = await (await route.fetch({ url: route.request().url().replace('phantom', 'quiet') })).json();
    await route.fulfill({ json });
  });
  await findings.getByLabel('Round').selectOption('All rounds');
  await findings.getByText(/^No series was both corrected and drawn from nothing yet/).waitFor();
  await findings.getByText(/^No mask that was accepted untouched or quickly was audited yet/).waitFor();
});

it('runs no script that was put into it, and loads nothing from elsewhere', async () => {
  const page = await under.open('tasks');
  const refused = await page.evaluate(async () => {
    const directives: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => directives.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.intruder = true';
    const image = document.createElement('img');
    image.src = 'http://127.0.0.2/picture.png';
    document.head.append(script, image);
    await fetch('http://127.0.0.2/away').catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { directives: directives.sort(), intruder: 'intruder' in window };
  });
  expect(refused).toEqual({ directives: ['connect-src', 'img-src', 'script-src-elem'], intruder: false });
  // What was tried here on purpose.
  const others = under.faults.splice(0).filter((fault) => !/Content Security Policy|127\.0\.0\.2/.test(fault));
  expect(others).toEqual([]);
});
