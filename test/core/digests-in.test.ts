import { describe, expect, it } from 'vitest';
import { digestsIn } from '../../core/digests-in.ts';

describe('digestsIn', () => {
  it('finds digests at any depth, as values and as keys, and nothing else', () => {
    const [a, b, c] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
    const value = {
      one: a,
      many: [[{ deep: b }], null, 7, true],
      [c]: a.slice(1),
      upper: 'A'.repeat(64),
      long: `${a}0`,
    };
    expect([...digestsIn(value)].sort()).toEqual([a, b, c]);
    expect(digestsIn(null).size).toBe(0);
  });
});
