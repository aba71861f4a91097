import { expect, test } from 'vitest';
import { withScratch } from '../../adapters/scratch.ts';

const lent = (bytes: number): Promise<Buffer> => withScratch(bytes, (scratch) => Promise.resolve(scratch));

test('lends the same memory one time after the other, also for less', async () => {
  const first = await lent(1000);
  expect(first.length).toBeGreaterThanOrEqual(1000);
  expect(await lent(1000)).toBe(first);
  expect(await lent(10)).toBe(first);
});

test('lends two who want it at once memory of their own, and keeps the larger', async () => {
  const [a, b] = await withScratch(5000, async (outer) => [outer, await lent(6000)]);
  expect(a).not.toBe(b);
  expect(await lent(1)).toBe(b);
});

test('has it back from whoever fails', async () => {
  const kept = await lent(1);
  await expect(withScratch(1, () => Promise.reject(new Error('no use')))).rejects.toThrow('no use');
  expect(await lent(1)).toBe(kept);
});

test('does not keep very much', async () => {
  const large = 33 * 1024 * 1024;
  expect((await lent(large)).length).toBe(large);
  expect((await lent(1)).length).toBeLessThan(large);
});
