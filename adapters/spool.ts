import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../core/ids.ts';

/**
 * Writes bytes to a temporary file as they come, so that their digest and length are known before they are sent, and removes it
 * when `use` is done with it, also when that fails.
 */
export async function spooled<T>(
  pieces: AsyncIterable<Uint8Array>,
  use: (file: { path: string; length: number; digest: Digest }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'spindle-spool-'));
  try {
    const path = join(folder, 'bytes');
    const hash = createHash('sha256');
    let length = 0;
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const piece of pieces) {
        hash.update(piece);
        length += piece.byteLength;
        await file.writeFile(piece);
      }
    } finally {
      await file.close();
    }
    return await use({ path, length, digest: hash.digest('hex') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
