import type { FastifyInstance } from 'fastify';

/**
 * Nothing from elsewhere, no inline script or style, no frames. `data:` images: the viewer's font sheet is one.
 * WebGL needs no allowance, and WebAssembly is not used.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Record<string, string> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Adds the security headers to every answer, errors included. `https`: browsers shall never ask this host without. */
export function installSecurityHeaders(server: FastifyInstance, https: boolean): void {
  const headers = https ? { ...HEADERS, 'strict-transport-security': 'max-age=31536000' } : HEADERS;
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
}
