import { AccountRecords } from '../adapters/accounts/account-records.ts';
import type { AuditLog } from '../adapters/accounts/audit-log.ts';
import { hashPassword, SCRYPT_COST, type ScryptCost } from '../adapters/accounts/password.ts';
import type { RecordBucket } from '../adapters/accounts/records.ts';
import { SessionRecords } from '../adapters/accounts/session-records.ts';
import { AccountName, passwordFault, type Account } from '../core/accounts.ts';
import type { AuditEntry } from '../core/audit.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { Role } from '../core/roles.ts';
import { ConflictError, NotFoundError } from './errors.ts';

/** An account as lists show it: nothing that helps to sign in. */
export interface AccountRow {
  name: string;
  role: Role;
  skills: string[];
  disabled: boolean;
  /** Where the person signs in: here by password, or at an OpenID provider. */
  signsIn: 'password' | 'oidc';
  createdAt: string;
}

export interface AccountsDeps {
  bucket: RecordBucket;
  audit: AuditLog;
  /** scrypt's work for new passwords. */
  cost?: ScryptCost;
  now?: () => number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
export const LONGEST_TOKEN_DAYS = 366;

/**
 * Makes and changes accounts; every change is in the audit log, as done by `who`. Throws InvalidInputError for a name or password that
 * can't be taken, ConflictError for a name that is, NotFoundError for one that has no account.
 */
export class Accounts {
  readonly records: AccountRecords;
  private readonly sessions: SessionRecords;
  private readonly now: () => number;

  constructor(private readonly deps: AccountsDeps) {
    this.records = new AccountRecords(deps.bucket);
    this.sessions = new SessionRecords(deps.bucket);
    this.now = deps.now ?? (() => Date.now());
  }

  async list(): Promise<AccountRow[]> {
    return (await this.records.all()).map(rowOf);
  }

  async add(given: string, role: Role, password: string, who: string): Promise<AccountRow> {
    const name = nameOf(given);
    const hash = await this.hashed(password, name);
    const account = newAccount({ name, role, password: hash, identity: null, createdAt: this.time() });
    if (!(await this.records.create(account))) throw new ConflictError(`there is an account "${name}" already`);
    await this.log('account-added', name, role, who);
    return rowOf(account);
  }

  /** Sessions go on; what they may do changes within moments. */
  async setRole(name: string, role: Role, who: string): Promise<AccountRow> {
    const changed = await this.change(name, (account) => ({ ...account, role }));
    await this.log('account-role', name, role, who);
    return rowOf(changed);
  }

  /** Replaces the skills; none takes all. */
  async setSkills(name: string, skills: string[], who: string): Promise<AccountRow> {
    const sorted = [...new Set(skills)].sort();
    const changed = await this.change(name, (account) => ({ ...account, skills: sorted }));
    await this.log('account-skills', name, sorted.join(', ') || 'none', who);
    return rowOf(changed);
  }

  /** Ends every session and token of the account, too. */
  async disable(name: string, who: string): Promise<AccountRow> {
    const changed = await this.change(name, (account) =>
      account.disabled ? account : { ...account, disabled: true, epoch: account.epoch + 1 },
    );
    await this.log('account-disabled', name, '', who);
    return rowOf(changed);
  }

  async enable(name: string, who: string): Promise<AccountRow> {
    const changed = await this.change(name, (account) => ({ ...account, disabled: false }));
    await this.log('account-enabled', name, '', who);
    return rowOf(changed);
  }

  /** Ends every session and token of the account, too. Throws ConflictError for somebody who signs in elsewhere. */
  async setPassword(name: string, password: string, who: string): Promise<AccountRow> {
    const { identity } = await this.known(name);
    if (identity) throw new ConflictError(`"${name}" signs in at ${identity.issuer}: there is no password here`);
    const hash = await this.hashed(password, name);
    const changed = await this.change(name, (account) => ({ ...account, password: hash, epoch: account.epoch + 1 }));
    await this.log('account-password', name, '', who);
    return rowOf(changed);
  }

  /** Signs somebody out everywhere: ends every session and token. */
  async endSessions(name: string, who: string): Promise<AccountRow> {
    const changed = await this.change(name, (account) => ({ ...account, epoch: account.epoch + 1 }));
    await this.log('sessions-ended', name, '', who);
    return rowOf(changed);
  }

  /** A token for a program that acts as this person, good for so many days. It is shown this once; only its digest is stored. */
  async makeToken(
    name: string,
    { label, days }: { label: string; days: number },
    who: string,
  ): Promise<{ token: string; expiresAt: string }> {
    const account = await this.known(name);
    if (account.disabled) throw new ConflictError(`the account "${name}" is disabled`);
    if (!Number.isInteger(days) || days < 1 || days > LONGEST_TOKEN_DAYS) {
      throw new InvalidInputError('token', 'days', `1 to ${LONGEST_TOKEN_DAYS}`, `${days}`);
    }
    const expiresAt = new Date(this.now() + days * DAY_MS).toISOString();
    await this.sessions.sweep(name, this.now());
    const token = await this.sessions.open({
      schema: 'spindle.session/1',
      name,
      kind: 'token',
      label,
      epoch: account.epoch,
      accessToken: null,
      createdAt: this.time(),
      expiresAt,
      endsAt: expiresAt,
    });
    await this.log('token-made', name, `${label === '' ? 'a token' : label}, until ${expiresAt.slice(0, 10)}`, who);
    return { token, expiresAt };
  }

  private async known(name: string): Promise<Account> {
    const account = await this.records.find(name);
    if (!account) throw unknown(name);
    return account;
  }

  private async change(name: string, change: (account: Account) => Account): Promise<Account> {
    const changed = await this.records.change(name, change);
    if (!changed) throw unknown(name);
    return changed;
  }

  private async hashed(password: string, name: string) {
    const expected = passwordFault(password, name);
    if (expected !== null) throw new InvalidInputError(`account ${name}`, 'password', expected, 'another password');
    return hashPassword(password, this.deps.cost ?? SCRYPT_COST);
  }

  private log(action: AuditEntry['action'], name: string, note: string, who: string): Promise<void> {
    return this.deps.audit.append({ at: this.time(), who, action, subject: `accounts/${name}`, note });
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }
}

/** A new account's record. */
export function newAccount(of: Pick<Account, 'name' | 'role' | 'password' | 'identity' | 'createdAt'>): Account {
  return { schema: 'spindle.account/1', disabled: false, epoch: 0, ...of };
}

function rowOf({ name, role, skills = [], disabled, identity, createdAt }: Account): AccountRow {
  return { name, role, skills, disabled, signsIn: identity ? 'oidc' : 'password', createdAt };
}

function nameOf(given: string): AccountName {
  const name = AccountName.safeParse(given);
  if (name.success) return name.data;
  const expected = (name.error.issues[0]?.message ?? 'another name').replace(/^expected /, '');
  throw new InvalidInputError('account', 'name', expected, JSON.stringify(given.slice(0, 60)));
}

function unknown(name: string): NotFoundError {
  return new NotFoundError(`no account ${JSON.stringify(name.slice(0, 60))}`);
}
