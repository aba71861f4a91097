import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ObjectRef } from '../core/ids.ts';

/** SHA-256 and size of a file, read piece by piece. Throws what the file system says. */
export async function fileDigest(path: string): Promise<ObjectRef> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { digest: hash.digest('hex'), bytes };
}
