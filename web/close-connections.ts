import type { FastifyInstance } from 'fastify';

/**
 * Ends a closing server's connections: browsers hold some open on which they have asked for nothing, and Node would wait more
 * than a minute for each. Requests that are being answered have `graceMs` to end; a client cut off then asks again, and what it
 * submitted is taken once.
 */
export function cutConnectionsOnClose(server: FastifyInstance, graceMs: number): void {
  server.addHook('preClose', (done) => {
    // More than once: a connection may come in while the server is on its way to closing.
    const timer = setInterval(() => server.server.closeAllConnections(), graceMs);
    server.server.once('close', () => clearInterval(timer));
    done();
  });
}
