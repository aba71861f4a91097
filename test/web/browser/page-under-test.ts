import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { BrowserContext, Page } from 'playwright-core';
import type { ScryptCost } from '../../../adapters/accounts/password.ts';
import type { TaskId } from '../../../core/ids.ts';
import { buildPage } from '../../../web/build-page.ts';
import { createWebServer } from '../../../web/server.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { fakeCampaigns } from '../fake-campaigns.ts';
import { FakeErrata } from '../fake-errata.ts';
import { FakeTasks, type FakeTask } from '../fake-tasks.ts';
import { PASSWORD } from '../people.ts';
import { Profile } from './chromium.ts';

export const TOKEN = 'correct-horse-battery';
/** A password check that takes no time. */
export const CHEAP: ScryptCost = { cost: 2, blockSize: 1, parallelism: 1 };
/** Software draws the pictures, and other tests want the processor too. */
const PATIENCE_MS = 40_000;

/** The real server over tasks in memory, a real browser, and a watch over everything the page does. */
export class PageUnderTest {
  tasks = new FakeTasks([]);
  /** Accounts, sessions and what else the server files. */
  readonly records = new MemoryRecords();
  readonly errata = new FakeErrata();
  address = '';
  /** What no page may do: console errors, faults, requests to anywhere else. */
  readonly faults: string[] = [];
  private server: FastifyInstance | undefined;
  private context: BrowserContext;

  private constructor(
    private readonly pageDir: string,
    readonly profile: Profile,
    context: BrowserContext,
  ) {
    this.context = context;
  }

  static async start(): Promise<PageUnderTest> {
    const built = await buildPage(await mkdtemp(join(tmpdir(), 'spindle-page-')));
    const profile = await Profile.make();
    return new PageUnderTest(built, profile, await profile.open());
  }

  /** Serves these tasks from now on. */
  async serve(samples: readonly FakeTask[], port = 0): Promise<void> {
    await this.server?.close();
    this.tasks = new FakeTasks(samples);
    await this.listen(port);
  }

  /** The server goes away; `comeBack` brings it back at the same address. */
  async goAway(): Promise<void> {
    await this.server?.close();
    this.server = undefined;
  }

  comeBack(): Promise<void> {
    return this.listen(Number(new URL(this.address).port));
  }

  private async listen(port: number): Promise<void> {
    this.server = createWebServer({
      tasks: this.tasks,
      campaigns: fakeCampaigns,
      errata: this.errata,
      pageDir: this.pageDir,
      token: TOKEN,
      records: this.records,
      passwordCost: CHEAP,
      temporalUiUrl: 'http://127.0.0.1:8233',
      closeGraceMs: 50,
    });
    this.address = await this.server.listen({ host: '127.0.0.1', port });
  }

  /** A new tab that is watched; nothing is loaded yet. */
  async tab(): Promise<Page> {
    const page = await this.context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('console', (message) => {
      // What a refusal of the server leaves in every console.
      if (/^Failed to load resource: .*\b(401|403|404|409)\b/.test(message.text())) return;
      if (['error', 'warning'].includes(message.type())) this.faults.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.faults.push(`fault: ${error.message}`));
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      const own = origin === this.address || ['data:', 'blob:'].includes(protocol);
      if (!own) this.faults.push(`request to ${request.url()}`);
    });
    return page;
  }

  /** A tab signed in as somebody, at `#/<place>`. */
  async open(place: string, reviewer = 'ann'): Promise<Page> {
    const page = await this.tab();
    await page.addInitScript((name) => localStorage.setItem('spindle.reviewer', name), reviewer);
    await page.goto(`${this.address}/#token=${TOKEN}`);
    await page.getByRole('heading', { name: 'Review queue' }).waitFor();
    await page.evaluate((hash) => (location.hash = hash), `#/${place}`);
    return page;
  }

  /** A tab signed in by password as an account of `people`, at `#/<place>`; whoever was before must have closed their tabs. */
  async signIn(name: string, place: string): Promise<Page> {
    const page = await this.tab();
    await page.goto(`${this.address}/#/${place}`);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    return page;
  }

  /** The editor of a task, ready to draw in. */
  async edit(task: string, reviewer = 'ann'): Promise<Page> {
    const page = await this.open(`tasks/${task}`, reviewer);
    await page.getByRole('complementary', { name: 'Task' }).waitFor();
    return page;
  }

  /** Kills the browser as a crash would, and starts it again on the same profile. */
  async crashBrowser(): Promise<void> {
    const closed = new Promise((resolve) => this.context.once('close', resolve));
    process.kill(await this.profile.processId(), 'SIGKILL');
    await closed;
    this.context = await this.profile.open();
  }

  /** The mask that the last submission named, as it was uploaded. */
  submittedFile(task: TaskId): Uint8Array {
    const { verdict } = this.tasks.submissions.findLast((sent) => sent.task === task)!.request;
    if (verdict.verdict !== 'correct') throw new Error(`the verdict is "${verdict.verdict}"`);
    return this.tasks.uploads.get(verdict.upload.digest)!;
  }

  async closeTabs(): Promise<void> {
    for (const page of this.context.pages().slice(1)) await page.close();
    await this.context.clearCookies();
  }

  async stop(): Promise<void> {
    await this.context.close();
    await this.server?.close();
    await this.profile.remove();
    await rm(join(this.pageDir, '..'), { recursive: true });
  }
}
