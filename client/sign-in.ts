import { createHash } from 'node:crypto';
import { AccountRecords } from '../adapters/accounts/account-records.ts';
import type { AuditLog } from '../adapters/accounts/audit-log.ts';
import { isPassword, SCRYPT_COST, type ScryptCost } from '../adapters/accounts/password.ts';
import type { RecordBucket } from '../adapters/accounts/records.ts';
import { isCredential, SessionRecords } from '../adapters/accounts/session-records.ts';
import type { Account, Identity, Session } from '../core/accounts.ts';
import { SERVICE } from '../core/audit.ts';
import type { Role } from '../core/roles.ts';
import { newAccount } from './accounts.ts';

/** Whose request it is. `name` is null for whoever has the installation's access token: they name the reviewer themselves. */
export interface Principal {
  name: string | null;
  role: Role;
  skills: readonly string[];
  /** When the session ends if it isn't used before; null for the access token itself. */
  expiresAt: string | null;
}

/** Wrong name, wrong password, disabled account: nobody is told which. `why`: what whoever came from elsewhere is told. */
export class SignInRefusedError extends Error {
  override readonly name = 'SignInRefusedError';

  constructor(
    message: string,
    readonly why: 'failed' | 'taken' | 'disabled' | 'no-role' | 'no-name' = 'failed',
  ) {
    super(message);
  }
}

export interface SignInDeps {
  bucket: RecordBucket;
  audit: AuditLog;
  /** The installation's access token. */
  accessToken: string;
  /** What a check costs where there is no account. */
  cost?: ScryptCost;
  now?: () => number;
  /** How long what was looked up is believed; 5 s when left out. */
  believedMs?: number;
}

const HOUR_MS = 60 * 60 * 1000;
/** A session that nobody uses for so long ends; each use moves its end, up to the longest. */
const IDLE_MS = 12 * HOUR_MS;
const LONGEST_MS = 7 * 24 * HOUR_MS;
/** Its end is moved at most so often: each time is a write. */
const RENEWED_MS = HOUR_MS;
const BELIEVED_MS = 5_000;
const MOST_BELIEVED = 2_000;

type Standing = Pick<Account, 'role' | 'skills'>;

interface Opened {
  credential: string;
  principal: Principal;
}

/**
 * Opens, checks and ends sessions. What was looked up is believed for a few seconds, so a session that another process ends goes on
 * that much longer.
 */
export class SignIn {
  private readonly accounts: AccountRecords;
  private readonly sessions: SessionRecords;
  private readonly believed = new Map<string, { until: number; principal: Promise<Principal | null> }>();
  private readonly now: () => number;

  constructor(private readonly deps: SignInDeps) {
    this.accounts = new AccountRecords(deps.bucket);
    this.sessions = new SessionRecords(deps.bucket);
    this.now = deps.now ?? (() => Date.now());
  }

  /** Throws SignInRefusedError, after the same work whatever was wrong. */
  async withPassword(name: string, password: string, kind: Session['kind'], label = ''): Promise<Opened> {
    const account = await this.accounts.find(name);
    const right = await isPassword(password, account?.password ?? null, this.deps.cost ?? SCRYPT_COST);
    if (!account || !right || account.disabled) {
      // A name without an account may be anything, a password typed in the wrong field included.
      await this.log(account ? account.name : 'unknown', 'sign-in-refused', 'by password');
      throw new SignInRefusedError('The name or the password is wrong, or the account is disabled.');
    }
    return this.begin(account, kind, label);
  }

  /** A browser's session for whoever has the access token: one person on their own machine. Throws SignInRefusedError. */
  async withAccessToken(token: string): Promise<Opened> {
    if (!this.isAccessToken(token)) throw new SignInRefusedError('The server does not know this access token.');
    await this.sessions.sweep(SERVICE, this.now());
    const session = this.session({ name: null, kind: 'browser', label: '', epoch: 0, accessToken: digestOf(token) });
    await this.log(SERVICE, 'sign-in', 'by access token');
    return { credential: await this.sessions.open(session), principal: principalOf(session, { role: 'admin' }) };
  }

  /**
   * For somebody whom an OpenID provider knows, who gets an account at the first time. The role is the provider's word each time.
   * Throws SignInRefusedError when the name is another person's here, or the account is disabled.
   */
  async withIdentity(identity: Identity, name: string, role: Role): Promise<Opened> {
    const createdAt = new Date(this.now()).toISOString();
    const made = newAccount({ name, role, password: null, identity, createdAt });
    if (await this.accounts.create(made)) await this.log(name, 'account-added', `${role}, by ${identity.issuer}`);
    const account = await this.accounts.find(name);
    if (account?.identity?.issuer !== identity.issuer || account.identity.subject !== identity.subject) {
      await this.log(name, 'sign-in-refused', 'the name is taken');
      throw new SignInRefusedError(`The name "${name}" belongs to another account here. Ask an admin.`, 'taken');
    }
    if (account.disabled) {
      await this.log(name, 'sign-in-refused', 'the account is disabled');
      throw new SignInRefusedError('This account is disabled. Ask an admin.', 'disabled');
    }
    if (account.role !== role) {
      await this.accounts.change(name, (before) => ({ ...before, role }));
      await this.log(name, 'account-role', `${role}, by ${identity.issuer}`);
    }
    return this.begin({ ...account, role }, 'browser', '');
  }

  /** Whether a text is the installation's access token; in constant time. */
  isAccessToken(token: string): boolean {
    return digestOf(token) === digestOf(this.deps.accessToken);
  }

  /** Whose credential this is; null when it opens nothing (any more). Moves the session's end. */
  check(credential: string): Promise<Principal | null> {
    if (!isCredential(credential)) return Promise.resolve(null);
    const key = digestOf(credential);
    const known = this.believed.get(key);
    if (known && known.until > this.now()) return known.principal;
    const principal = this.lookUp(credential);
    this.believed.delete(key);
    if (this.believed.size >= MOST_BELIEVED) this.believed.delete(this.believed.keys().next().value!);
    this.believed.set(key, { until: this.now() + (this.deps.believedMs ?? BELIEVED_MS), principal });
    principal.catch(() => this.believed.delete(key));
    return principal;
  }

  async signOut(credential: string, name: string | null): Promise<void> {
    this.believed.delete(digestOf(credential));
    await this.sessions.end(credential);
    await this.log(name ?? SERVICE, 'sign-out', '');
  }

  private async begin(account: Account, kind: Session['kind'], label: string): Promise<Opened> {
    const { name, epoch } = account;
    await this.sessions.sweep(name, this.now());
    const session = this.session({ name, kind, label, epoch, accessToken: null });
    const credential = await this.sessions.open(session);
    await this.log(name, 'sign-in', account.identity ? `by ${account.identity.issuer}` : `by password, ${kind}`);
    return { credential, principal: principalOf(session, account) };
  }

  private session(of: Pick<Session, 'name' | 'kind' | 'label' | 'epoch' | 'accessToken'>): Session {
    const now = this.now();
    const at = (ms: number) => new Date(ms).toISOString();
    const [createdAt, expiresAt, endsAt] = [at(now), at(now + IDLE_MS), at(now + LONGEST_MS)];
    return { schema: 'spindle.session/1', ...of, createdAt, expiresAt, endsAt };
  }

  private async lookUp(credential: string): Promise<Principal | null> {
    const found = await this.sessions.find(credential);
    if (!found || Date.parse(found.value.expiresAt) <= this.now()) return null;
    const standing = await this.standingOf(found.value);
    if (standing === null) return null;
    return principalOf(await this.renewed(credential, found), standing);
  }

  private async standingOf({ name, epoch, accessToken }: Session): Promise<Standing | null> {
    if (name === null) return accessToken === digestOf(this.deps.accessToken) ? { role: 'admin' } : null;
    const account = await this.accounts.find(name);
    return account && !account.disabled && account.epoch === epoch ? account : null;
  }

  private async renewed(credential: string, { value, etag }: { value: Session; etag: string }): Promise<Session> {
    const expiresMs = Math.min(this.now() + IDLE_MS, Date.parse(value.endsAt));
    if (expiresMs - Date.parse(value.expiresAt) < RENEWED_MS) return value;
    const session = { ...value, expiresAt: new Date(expiresMs).toISOString() };
    // Lost to another request's renewal, which is as good, or to a sign-out, which the next look-up sees.
    await this.sessions.replace(credential, session, etag);
    return session;
  }

  private log(
    who: string,
    action: 'sign-in' | 'sign-in-refused' | 'sign-out' | 'account-added' | 'account-role',
    note: string,
  ) {
    return this.deps.audit.append({
      at: new Date(this.now()).toISOString(),
      who,
      action,
      subject: who === SERVICE || who === 'unknown' ? who : `accounts/${who}`,
      note,
    });
  }
}

function principalOf({ name, expiresAt }: Session, { role, skills = [] }: Standing): Principal {
  return { name, role, skills, expiresAt };
}

/** Digests are compared instead of secrets: how far two of them agree tells nothing about either secret. */
function digestOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}
