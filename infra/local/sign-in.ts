import { localPaths } from './paths.ts';
import { LOOPBACK } from './ports.ts';
import { apiToken } from './secrets.ts';
import { readState } from './state.ts';

/**
 * The address that opens the review page of the local `web` process signed in. The token stands behind the `#`, which browsers keep
 * to themselves; the page takes it out of the address at once. Null before `web` was first started.
 */
export function signInAddress(home: string, env: NodeJS.ProcessEnv): string | null {
  const paths = localPaths(home);
  const port = env['SPINDLE_WEB_PORT'] || readState(paths).ports.web;
  if (!port) return null;
  const token = env['SPINDLE_API_TOKEN'] || apiToken(paths);
  return `http://${LOOPBACK}:${port}/#token=${encodeURIComponent(token)}`;
}
