/** A larger one is not kept. */
const MOST_KEPT_BYTES = 32 * 1024 * 1024;

let kept: Buffer | undefined;

/**
 * Lends `work` at least `bytes` bytes whose contents are of no use before and after: the same ones each time where nobody else holds them. New
 * memory costs as much as filling it, page by page, and the collector lets go of it late.
 */
export async function withScratch<T>(bytes: number, work: (scratch: Buffer) => Promise<T>): Promise<T> {
  const mine = kept && kept.length >= bytes ? kept : Buffer.allocUnsafeSlow(bytes);
  if (mine === kept) kept = undefined;
  try {
    return await work(mine);
  } finally {
    if (mine.length <= MOST_KEPT_BYTES && mine.length > (kept?.length ?? 0)) kept = mine;
  }
}
