import { existsSync, mkdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { askCommand, runCommand } from './command.mjs';
import { BROWSER, BROWSERS_FOLDER, findOnPath, isExecutable, ROOT, TOOLS_FOLDER } from './paths.mjs';
import { SetupError } from './setup-error.mjs';
import { inputsDigest, isStamped, stamp } from './stamp.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const PLAYWRIGHT = join(ROOT, 'node_modules', 'playwright-core', 'cli.js');
// Where Playwright's host isn't reachable, the next way is tried soon.
const PLAYWRIGHT_SETTINGS = {
  PLAYWRIGHT_BROWSERS_PATH: BROWSERS_FOLDER,
  PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000',
};

/**
 * The browser that the page is tested in: `.spindle/tools/bin/chromium` becomes a link to the one that SPINDLE_CHROMIUM names, else
 * to one on PATH, else to Playwright's own download, else to Debian's package. Each must draw a page before it is taken.
 */
export const browser = {
  name: 'browser',
  title: 'Browser for the tests',
  isDone: () => isExecutable(BROWSER) && isStamped('browser', digest()),
  async run(detail) {
    detail('looking for Chromium or Chrome');
    const [path, how] = (await named()) ?? present() ?? (await downloaded(detail)) ?? (await packaged(detail)) ?? [];
    if (!path) {
      throw new SetupError(
        'The page is tested in Chromium or Chrome, and none that works was found or could be fetched: install one, or name its program in SPINDLE_CHROMIUM.',
      );
    }
    mkdirSync(TOOLS_FOLDER, { recursive: true });
    rmSync(BROWSER, { force: true });
    symlinkSync(realpathSync(path), BROWSER);
    stamp('browser', digest());
    return how;
  },
};

function digest() {
  const path = realpathSync(BROWSER);
  const { size, mtimeMs } = statSync(path);
  return inputsDigest({ values: [process.env.SPINDLE_CHROMIUM ?? '', path, size, mtimeMs] });
}

async function named() {
  const path = process.env.SPINDLE_CHROMIUM;
  if (!path) return undefined;
  if (draws(path)) return [path, 'the one in SPINDLE_CHROMIUM'];
  throw new SetupError(`SPINDLE_CHROMIUM is ${path}, which is no Chromium or Chrome that can draw a page.`);
}

function present() {
  const path = [...NAMES.map(findOnPath), MAC_CHROME].find((each) => each && isExecutable(each) && draws(each));
  return path && [path, 'found on PATH'];
}

async function downloaded(detail) {
  detail("downloading Playwright's Chromium");
  try {
    const args = [PLAYWRIGHT, 'install', '--no-shell', 'chromium'];
    await runCommand('browser', process.execPath, args, { env: PLAYWRIGHT_SETTINGS, onLine: detail });
  } catch {
    return undefined;
  }
  const ask = "process.stdout.write(require('playwright-core').chromium.executablePath())";
  const path = askCommand(process.execPath, ['-e', ask], { env: PLAYWRIGHT_SETTINGS });
  return path && draws(path) ? [path, 'downloaded by Playwright'] : undefined;
}

async function packaged(detail) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !findOnPath('apt-get')) return undefined;
  detail("installing Debian's package");
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, onLine: detail };
  try {
    await runCommand('browser', 'apt-get', ['update'], options);
    await runCommand('browser', 'apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
  } catch {
    return undefined;
  }
  const path = findOnPath('chromium');
  return path && draws(path) ? [path, "Debian's package"] : undefined;
}

/**
 * Whether a program starts as a browser here: a package can be a stub, and a download can lack the system's libraries.
 * @param {string} path
 */
function draws(path) {
  const flags = ['--headless', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--dump-dom'];
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const answer = askCommand(path, [...root, ...flags, 'data:text/html,<p>spindle</p>'], { timeoutMs: 90_000 });
  return answer?.includes('<p>spindle</p>') ?? false;
}
