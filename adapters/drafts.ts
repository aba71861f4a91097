import { z } from 'zod';
import { Digest, ObjectRef, ReviewerName, TaskId } from '../core/ids.ts';
import { readRecord, writeRecord } from './accounts/records.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { CorruptObjectError } from './s3-errors.ts';
import { sha256 } from './volume.ts';

/** An unfinished drawing of one person on one task, `drafts/<task>/<reviewer>/latest.json`; its mask lies beside it. */
export const Draft = z.strictObject({
  schema: z.literal('spindle.draft/1'),
  task: TaskId,
  reviewer: ReviewerName,
  /** The mask it was drawn on; on any other it means nothing. */
  baseDigest: Digest,
  /** An MHA file. */
  mask: ObjectRef,
  minutes: z
    .number()
    .nonnegative()
    .max(24 * 60),
  savedAt: z.string(),
});
export type Draft = z.infer<typeof Draft>;

export type DraftBucket = Pick<S3Bucket, 'readChecked' | 'write' | 'list' | 'delete' | 'exists'>;

/** Drafts in the bucket: the newest of each person and task. Not data: nothing reads them but their author's editor. */
export class Drafts {
  constructor(private readonly bucket: DraftBucket) {}

  /** Durable when it resolves. Takes the place of the one before; of two at one time the later one stays. */
  async keep(draft: Omit<Draft, 'schema' | 'mask'>, mha: Uint8Array): Promise<Draft> {
    const mask = { digest: sha256(mha), bytes: mha.byteLength };
    const kept: Draft = { schema: 'spindle.draft/1', ...draft, mask };
    const before = await this.find(draft.task, draft.reviewer);
    await this.bucket.write(maskKey(kept), mha, 'any', mask.digest);
    await writeRecord(this.bucket, latestKey(draft.task, draft.reviewer), kept, 'any');
    if (before && before.mask.digest !== mask.digest) await this.bucket.delete([maskKey(before)]);
    return kept;
  }

  /** Null when there is none. */
  async find(task: TaskId, reviewer: string): Promise<Draft | null> {
    return (await readRecord(this.bucket, latestKey(task, reviewer), Draft))?.value ?? null;
  }

  /** The draft's mask; null when a newer one has taken its place since. Throws CorruptObjectError. */
  async mask(draft: Draft): Promise<Uint8Array | null> {
    const key = maskKey(draft);
    const stored = await this.bucket.readChecked(key);
    if (!stored) return null;
    const digest = sha256(stored.bytes);
    if (digest !== draft.mask.digest) throw new CorruptObjectError(key, draft.mask.digest, digest);
    return stored.bytes;
  }

  async forget(task: TaskId, reviewer: string): Promise<void> {
    const draft = await this.find(task, reviewer);
    if (draft) await this.bucket.delete([latestKey(task, reviewer), maskKey(draft)]);
  }
}

function folderOf(task: string, reviewer: string): string {
  return `drafts/${TaskId.parse(task)}/${ReviewerName.parse(reviewer)}`;
}

function latestKey(task: string, reviewer: string): string {
  return `${folderOf(task, reviewer)}/latest.json`;
}

function maskKey({ task, reviewer, mask }: Draft): string {
  return `${folderOf(task, reviewer)}/${mask.digest}`;
}
