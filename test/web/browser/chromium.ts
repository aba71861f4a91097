import { mkdtemp, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { toolsFolder } from '../../../infra/local/paths.ts';

/** A laptop's screen without a GPU: pictures are drawn by software. */
const FLAGS = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/** A browser with a profile of its own, which outlives it: a killed browser can be started again on what it had kept. */
export class Profile {
  private constructor(
    readonly folder: string,
    private readonly program: string,
  ) {}

  /** Throws when set-up has brought no browser: what is claimed is tested. */
  static async make(): Promise<Profile> {
    const program = await realpath(join(toolsFolder, 'chromium')).catch(() => {
      throw new Error('there is no browser to test the page in: run `npm run setup -- --for-tests`, which says why');
    });
    return new Profile(await mkdtemp(join(tmpdir(), 'spindle-browser-')), program);
  }

  open(): Promise<BrowserContext> {
    return chromium.launchPersistentContext(this.folder, {
      executablePath: this.program,
      headless: true,
      args: FLAGS,
      viewport: { width: 1366, height: 768 },
      locale: 'en-GB',
    });
  }

  /** The running browser's process number: the lock that it keeps in its profile points to `<host>-<number>`. */
  async processId(): Promise<number> {
    return Number((await readlink(join(this.folder, 'SingletonLock'))).split('-').at(-1));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
