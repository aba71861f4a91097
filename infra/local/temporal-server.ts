import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../adapters/search-attributes.ts';
import { startInBackground } from './background.ts';
import type { LocalPaths } from './paths.ts';
import { keptPort, LOOPBACK } from './ports.ts';
import { writePrivateFile } from './private-file.ts';
import { findTool } from './tools.ts';
import { withoutSettings } from './without-settings.ts';

/** The namespace of the dev server. */
export const LOCAL_NAMESPACE = 'default';

/**
 * The server's own SQLite writes each transaction twice and keeps 2 MB of the database in memory. A log written ahead, synchronised at
 * every transaction, is as durable with half the waiting; the cache (KiB) saves it reading ten thousand open tasks anew.
 */
const PRAGMAS = ['journal_mode=WAL', 'synchronous=FULL', 'cache_size=-65536'];

/** Starts Temporal's dev server on loopback with its database in the home, and waits until its namespace answers. */
export async function startTemporal(paths: LocalPaths, env: NodeJS.ProcessEnv): Promise<void> {
  const command = findTool('temporal', env);
  const port = await keptPort(paths, 'temporal');
  const uiPort = await keptPort(paths, 'temporalUi');
  mkdirSync(dirname(paths.temporalDatabase), { recursive: true });
  const args = [
    'server',
    'start-dev',
    ...['--ip', LOOPBACK, '--port', String(port), '--ui-port', String(uiPort)],
    ...['--db-filename', paths.temporalDatabase, '--namespace', LOCAL_NAMESPACE, '--log-level', 'warn'],
    ...PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
  await startInBackground(paths, {
    name: 'temporal',
    command,
    args,
    env: withoutSettings(env, 'TEMPORAL_'),
    // Asked through its web page's API, so that the page is up as well when people are given its address.
    isReady: async () => (await fetch(`http://${LOOPBACK}:${uiPort}/api/v1/namespaces/${LOCAL_NAMESPACE}`)).ok,
    readyWithinMs: 60_000,
  });
  writePrivateFile(paths.temporalConfig, configurationOf(port));
}

/** A configuration file for `temporal --config-file`; it also keeps a user's own file from adding TLS or keys to local calls. */
function configurationOf(port: number): string {
  return `[profile.default]\naddress = "${LOOPBACK}:${port}"\nnamespace = "${LOCAL_NAMESPACE}"\n`;
}
