import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPaths } from './paths.ts';
import { readState, updateState, type PortName } from './state.ts';

export const LOOPBACK = '127.0.0.1';

/** The port kept under this name if it is still free, else a free one, which is kept from now on. */
export async function keptPort(paths: LocalPaths, name: PortName): Promise<number> {
  const { ports } = readState(paths);
  const kept = ports[name];
  if (kept !== undefined && (await becomesFree(kept))) return kept;
  const others = Object.values(ports);
  let chosen: number | undefined;
  do chosen = await portIfFree(0);
  while (chosen === undefined || others.includes(chosen));
  const port = chosen;
  updateState(paths, (state) => void (state.ports[name] = port));
  return port;
}

/** A port whose server has just died may be held for a moment longer. */
async function becomesFree(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if ((await portIfFree(port)) === port) return true;
    await sleep(100);
  }
  return false;
}

/** Binds a loopback port for a moment and gives its number (any free one for 0); undefined when it is taken. */
function portIfFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' ? address?.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}
