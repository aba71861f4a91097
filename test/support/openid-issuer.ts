import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the next ID token says beside the usual, and how it is wrong. */
export interface IssuedToken {
  claims: Record<string, unknown>;
  /** Signed by a key that is not the published one. */
  forged?: boolean;
}

const CLIENT = { id: 'spindle', secret: 'a secret of the client' };

/**
 * A small OpenID provider for tests: everybody is signed in at once as `next` says. It checks what a provider checks: client, redirect
 * address, PKCE, and that a code is redeemed once.
 */
export class OpenidIssuer {
  next: IssuedToken = { claims: {} };
  readonly client = CLIENT;
  private readonly codes = new Map<string, URLSearchParams>();
  private readonly key = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private server: Server | null = null;

  get issuer(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, this.issuer);
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration') return void json(200, this.metadata());
    if (pathname === '/keys') return void json(200, { keys: [this.publicKey()] });
    if (pathname === '/authorize') {
      const code = randomUUID();
      this.codes.set(code, searchParams);
      const back = new URL(searchParams.get('redirect_uri')!);
      back.search = new URLSearchParams({ code, state: searchParams.get('state')!, iss: this.issuer }).toString();
      return void response.writeHead(302, { location: back.href }).end();
    }
    if (pathname !== '/token') return void json(404, {});
    const given = new URLSearchParams(await text(request));
    const asked = this.codes.get(given.get('code') ?? '');
    this.codes.delete(given.get('code') ?? '');
    const fits = asked && this.fits(asked, given);
    if (!fits) return void json(400, { error: 'invalid_grant' });
    json(200, { access_token: randomUUID(), token_type: 'Bearer', id_token: this.token(asked.get('nonce')!) });
  }

  private fits(asked: URLSearchParams, given: URLSearchParams): boolean {
    const challenge = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    return (
      asked.get('code_challenge_method') === 'S256' &&
      asked.get('code_challenge') === challenge &&
      asked.get('client_id') === CLIENT.id &&
      given.get('client_secret') === CLIENT.secret &&
      asked.get('redirect_uri') === given.get('redirect_uri')
    );
  }

  private token(nonce: string): string {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.issuer, aud: CLIENT.id, sub: 'subject-1', iat: now, exp: now + 300, nonce };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256', kid: 'k1' })}.${part({ ...usual, ...this.next.claims })}`;
    const key: KeyObject = (this.next.forged ? this.otherKey : this.key).privateKey;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  private publicKey(): object {
    return { ...this.key.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  }

  private metadata(): object {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    };
  }
}
