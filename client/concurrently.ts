/**
 * Does `work` on every item, at most `width` at a time, and gives the results in the items' order. After the first failure nothing
 * new is begun; what is under way is waited for, so that nothing goes on behind the caller's back, and the failure is thrown.
 */
export async function concurrently<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    // The lanes share one iterator, so each item is taken once.
    for (const [index, item] of queue) {
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
