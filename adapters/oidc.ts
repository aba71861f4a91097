import * as client from 'openid-client';
import { z } from 'zod';
import { AccountName, type Identity } from '../core/accounts.ts';
import type { Role } from '../core/roles.ts';

/** How people of an organisation sign in at its OpenID provider. */
export interface OidcConfiguration {
  issuer: string;
  clientId: string;
  /** Absent: a public client, which PKCE alone protects. */
  clientSecret?: string;
  /** Which group has which role; the first that somebody is in counts. */
  roles: readonly { group: string; role: Role }[];
  /** The claim that lists the groups, and the one that becomes the account's name. */
  groupsClaim: string;
  nameClaim: string;
}

/** What has to come back from the provider, and what the code is redeemed with: kept by the browser meanwhile. */
export const OidcPending = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string() });
export type OidcPending = z.infer<typeof OidcPending>;

/** Whom the provider says that somebody is; null where it gives no role, or no name that an account can have. */
export interface OidcPerson {
  identity: Identity;
  name: AccountName | null;
  role: Role | null;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * An OpenID provider: authorization code with PKCE, state and nonce; the ID token's signature is checked. http is for providers on
 * this machine only.
 */
export class OidcProvider {
  private found: Promise<client.Configuration> | null = null;

  constructor(private readonly options: OidcConfiguration) {}

  /** Where to send the browser, and what it has to keep. Throws when the provider does not answer. */
  async begin(redirectUri: string): Promise<{ url: string; pending: OidcPending }> {
    const configuration = await this.discovered();
    const pending = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid profile',
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, pending };
  }

  /** Redeems the code in the address that the provider sent the browser back to. Throws for anything that does not fit. */
  async finish(address: URL, { state, nonce, verifier }: OidcPending): Promise<OidcPerson> {
    const tokens = await client.authorizationCodeGrant(await this.discovered(), address, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims()!;
    return {
      identity: { issuer: claims.iss, subject: claims.sub },
      name: nameOf(claims[this.options.nameClaim]),
      role: this.roleOf(claims[this.options.groupsClaim]),
    };
  }

  private roleOf(claim: unknown): Role | null {
    const groups: unknown[] = Array.isArray(claim) ? claim : [claim];
    return this.options.roles.find(({ group }) => groups.includes(group))?.role ?? null;
  }

  /** Asked once; again after it failed. */
  private discovered(): Promise<client.Configuration> {
    if (this.found) return this.found;
    const { issuer, clientId, clientSecret } = this.options;
    const server = new URL(issuer);
    const plain = server.protocol === 'http:' && LOOPBACK.includes(server.hostname);
    const execute = [client.enableNonRepudiationChecks, ...(plain ? [client.allowInsecureRequests] : [])];
    const found = client.discovery(server, clientId, clientSecret, undefined, { execute });
    found.catch(() => (this.found = null));
    return (this.found = found);
  }
}

/** `Ann.Smith@example.org` → `ann.smith`; null when nothing usable is left. */
function nameOf(claim: unknown): AccountName | null {
  if (typeof claim !== 'string') return null;
  const plain = claim
    .split('@')[0]!
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-');
  return AccountName.safeParse(plain).data ?? null;
}
