import { createHash, randomBytes } from 'node:crypto';
import { Session } from '../../core/accounts.ts';
import { SERVICE } from '../../core/audit.ts';
import { ReviewerName } from '../../core/ids.ts';
import { readRecord, writeRecord, type RecordBucket } from './records.ts';

const FOLDER = 'accounts/sessions/';
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Sessions and tokens, `accounts/sessions/<name>/<SHA-256 of the secret>.json`. What its owner is given is the credential
 * `<name>.<secret>`: 256 random bits, of which only the digest is stored.
 */
export class SessionRecords {
  constructor(private readonly bucket: RecordBucket) {}

  /** Files a session and gives the credential that opens it. */
  async open(session: Session): Promise<string> {
    const secret = randomBytes(32).toString('base64url');
    const owner = session.name ?? SERVICE;
    await writeRecord(this.bucket, keyOf(owner, secret), session, 'absent');
    return `${owner}.${secret}`;
  }

  /** The session that a credential opens, and its ETag; null for one that opens nothing. Expired ones are found, too. */
  async find(credential: string): Promise<{ value: Session; etag: string } | null> {
    const parts = partsOf(credential);
    return parts && readRecord(this.bucket, keyOf(parts.owner, parts.secret), Session);
  }

  /** Replaces a session as it was read; false when somebody else did so meanwhile. */
  async replace(credential: string, session: Session, etag: string): Promise<boolean> {
    const parts = partsOf(credential);
    return parts !== null && writeRecord(this.bucket, keyOf(parts.owner, parts.secret), session, { etag });
  }

  async end(credential: string): Promise<void> {
    const parts = partsOf(credential);
    if (parts) await this.bucket.delete([keyOf(parts.owner, parts.secret)]);
  }

  /** The sessions of an account, in no order. */
  async of(owner: string): Promise<Session[]> {
    return (await this.records(owner)).map(({ session }) => session);
  }

  /** Deletes an owner's sessions that have expired; how many. */
  async sweep(owner: string, nowMs: number): Promise<number> {
    const expired = (await this.records(owner)).filter(({ session }) => Date.parse(session.expiresAt) <= nowMs);
    await this.bucket.delete(expired.map(({ key }) => key));
    return expired.length;
  }

  private async records(owner: string): Promise<{ key: string; session: Session }[]> {
    const found: { key: string; session: Session }[] = [];
    for await (const { key } of this.bucket.list(`${FOLDER}${ReviewerName.parse(owner)}/`)) {
      const record = await readRecord(this.bucket, key, Session);
      if (record) found.push({ key, session: record.value });
    }
    return found;
  }
}

/** Whether a text has the form of a credential. */
export function isCredential(text: string): boolean {
  return partsOf(text) !== null;
}

function partsOf(credential: string): { owner: string; secret: string } | null {
  const cut = credential.lastIndexOf('.');
  const [owner, secret] = [credential.slice(0, Math.max(0, cut)), credential.slice(cut + 1)];
  return ReviewerName.safeParse(owner).success && SECRET.test(secret) ? { owner, secret } : null;
}

function keyOf(owner: string, secret: string): string {
  return `${FOLDER}${owner}/${createHash('sha256').update(secret, 'utf8').digest('hex')}.json`;
}
