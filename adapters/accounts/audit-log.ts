import { AuditPage, type AuditEntry } from '../../core/audit.ts';
import type { Digest } from '../../core/ids.ts';
import { parsedJson } from '../parsed-json.ts';
import { sha256 } from '../volume.ts';
import { recordBytes, type RecordBucket } from './records.ts';

/** The newest page: what the next one must name. */
export interface AuditHead {
  number: number;
  digest: Digest;
}

/** Where the chain of pages is broken. */
export interface AuditBreak {
  number: number;
  why: string;
}

/** What reading the whole chain came to. `digests`: of its pages, ascending. */
export interface AuditProof {
  pages: number;
  entries: number;
  head: AuditHead | null;
  breaks: AuditBreak[];
  digests: Digest[];
}

/**
 * The append-only log `audit/<number>.json`. Pages are written only where there is none, so that two processes never write one over
 * the other; each names the digest of the one before. What comes while a page is being written goes into the next one together.
 */
export class AuditLog {
  private head: AuditHead | null | undefined;
  private waiting: { entry: AuditEntry; done: () => void; failed: (error: unknown) => void }[] = [];
  private writing = false;

  constructor(private readonly bucket: RecordBucket) {}

  /** Resolves when the entry is stored. */
  append(entry: AuditEntry): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ entry, done, failed });
      void this.write();
    });
  }

  /** The newest page's number and digest; null for an empty log. */
  async newest(): Promise<AuditHead | null> {
    const number = await this.lastNumber();
    const page = number === 0 ? null : await this.bucket.readChecked(keyOf(number));
    return page && { number, digest: sha256(page.bytes) };
  }

  /** Pages with numbers below `before` (all when left out), newest first. */
  async *backwards(before = Infinity): AsyncGenerator<AuditPage> {
    const last = Math.min(await this.lastNumber(), before - 1);
    for (let number = last; number >= 1; number--) {
      const page = await this.page(number);
      if (page) yield page.page;
    }
  }

  /** Reads the whole chain; where it is broken, and its newest page. */
  async verify(): Promise<AuditProof> {
    const breaks: AuditBreak[] = [];
    const digests: Digest[] = [];
    const last = await this.lastListed();
    let [before, entries] = [null as Digest | null, 0];
    for (let number = 1; number <= last; number++) {
      const found = await this.page(number).catch((error: unknown) => String((error as Error).message));
      if (found === null || typeof found === 'string') {
        breaks.push({ number, why: found ?? 'the page is missing' });
        before = null;
        continue;
      }
      const { page, digest } = found;
      if (page.number !== number) breaks.push({ number, why: `it says that it is page ${page.number}` });
      const follows = breaks.at(-1)?.number === number - 1 || page.previous === before;
      if (!follows) breaks.push({ number, why: 'the page before is not the one that it names' });
      entries += page.entries.length;
      digests.push(digest);
      before = digest;
    }
    const head = before === null ? null : { number: last, digest: before };
    return { pages: last, entries, head, breaks, digests };
  }

  private async write(): Promise<void> {
    if (this.writing) return;
    this.writing = true;
    for (let batch = this.waiting.splice(0); batch.length > 0; batch = this.waiting.splice(0)) {
      try {
        await this.writePage(batch.map(({ entry }) => entry));
        for (const { done } of batch) done();
      } catch (error) {
        this.head = undefined;
        for (const { failed } of batch) failed(error);
      }
    }
    this.writing = false;
  }

  private async writePage(entries: AuditEntry[]): Promise<void> {
    this.head ??= await this.newest();
    for (;;) {
      const number = (this.head?.number ?? 0) + 1;
      const page: AuditPage = { schema: 'spindle.audit/1', number, previous: this.head?.digest ?? null, entries };
      const bytes = recordBytes(page);
      if ((await this.bucket.write(keyOf(number), bytes, 'absent')).written) {
        this.head = { number, digest: sha256(bytes) };
        return;
      }
      this.head = await this.newest();
    }
  }

  private async page(number: number): Promise<{ page: AuditPage; digest: Digest } | null> {
    const key = keyOf(number);
    const stored = await this.bucket.readChecked(key);
    if (!stored) return null;
    return { page: parsedJson(stored.bytes, AuditPage, key, 'a page of the audit log'), digest: sha256(stored.bytes) };
  }

  /** The last page by doubling and halving: pages have no gaps, and a list of all would be long. */
  private async lastNumber(): Promise<number> {
    const there = (number: number) => this.bucket.exists(keyOf(number));
    let [low, high] = [0, 1];
    while (await there(high)) [low, high] = [high, high * 2];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (await there(middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The last page by the list of all, which finds those behind a gap as well. */
  private async lastListed(): Promise<number> {
    let last = 0;
    for await (const { key } of this.bucket.list('audit/')) {
      const number = /^audit\/(\d{10})\.json$/.exec(key)?.[1];
      if (number !== undefined) last = Math.max(last, Number(number));
    }
    return last;
  }
}

function keyOf(number: number): string {
  return `audit/${String(number).padStart(10, '0')}.json`;
}
