import { Account, AccountName } from '../../core/accounts.ts';
import { changeRecord, readRecord, writeRecord, type RecordBucket } from './records.ts';

const FOLDER = 'accounts/people/';

/** The accounts of an installation, `accounts/people/<name>.json`, each changed by compare-and-swap. */
export class AccountRecords {
  constructor(private readonly bucket: RecordBucket) {}

  /** Null for a name that has no account, or can't have one. */
  async find(name: string): Promise<Account | null> {
    if (!AccountName.safeParse(name).success) return null;
    return (await readRecord(this.bucket, keyOf(name), Account))?.value ?? null;
  }

  /** Whether there is any account at all. */
  async any(): Promise<boolean> {
    for await (const _ of this.bucket.list(FOLDER)) return true;
    return false;
  }

  /** All of them, by name. */
  async all(): Promise<Account[]> {
    const accounts: Account[] = [];
    for await (const { key } of this.bucket.list(FOLDER)) {
      const record = await readRecord(this.bucket, key, Account);
      if (record) accounts.push(record.value);
    }
    return accounts.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** False when the name is taken. */
  create(account: Account): Promise<boolean> {
    return writeRecord(this.bucket, keyOf(account.name), account, 'absent');
  }

  /** The changed account; null when there is none. */
  async change(name: string, change: (account: Account) => Account): Promise<Account | null> {
    if (!AccountName.safeParse(name).success) return null;
    return changeRecord(this.bucket, keyOf(name), Account, change);
  }
}

function keyOf(name: string): string {
  return `${FOLDER}${name}.json`;
}
