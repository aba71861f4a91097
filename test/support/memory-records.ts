import { sha256 } from '../../adapters/volume.ts';
import type { RecordBucket } from '../../adapters/accounts/records.ts';

/** A bucket in memory that keeps what records rely on: conditional writes, ETags, sorted lists. */
export class MemoryRecords implements RecordBucket {
  readonly objects = new Map<string, Uint8Array>();
  /** Throws this instead of answering, as while the S3 server is away. */
  fault: Error | null = null;

  async readChecked(key: string) {
    const bytes = this.at(key);
    return bytes ? { bytes, etag: `"${sha256(bytes)}"` } : null;
  }

  async write(key: string, bytes: Uint8Array, condition: Parameters<RecordBucket['write']>[2]) {
    const there = this.at(key);
    const etag = there && `"${sha256(there)}"`;
    if (condition === 'absent' && there) return { written: false } as const;
    if (typeof condition === 'object' && condition.etag !== etag) return { written: false } as const;
    this.objects.set(key, bytes.slice());
    return { written: true, etag: `"${sha256(bytes)}"` } as const;
  }

  async exists(key: string) {
    return this.at(key) !== undefined;
  }

  async *list(prefix: string) {
    for (const key of [...this.objects.keys()].sort()) {
      if (key.startsWith(prefix)) yield { key, bytes: this.at(key)!.length, lastModified: new Date() };
    }
  }

  async delete(keys: readonly string[]) {
    for (const key of keys) this.objects.delete(key);
  }

  private at(key: string): Uint8Array | undefined {
    if (this.fault) throw this.fault;
    return this.objects.get(key);
  }
}
