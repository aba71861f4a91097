import { describe, expect, it } from 'vitest';
import { compareText, mixedHash } from '../../core/mixed-hash.ts';

describe('mixedHash', () => {
  it('is FNV-1a, finished as in MurmurHash3', () => {
    // Worked out by an independent program, whose FNV-1a of "a" is the published 0xe40c292c.
    expect(mixedHash('')).toBe(2872998923);
    expect(mixedHash('a')).toBe(444641715);
    expect(mixedHash('foobar')).toBe(202221276);
    expect(mixedHash('1/107')).toBe(3918310692);
  });

  it('spreads names that differ in one digit over the whole range', () => {
    const quarters = [0, 0, 0, 0];
    for (let study = 1; study <= 400; study++) quarters[Math.floor(mixedHash(`1/${study}`) / 2 ** 30)]!++;
    // 100 are expected in each quarter, with a standard deviation of 8.7: five of them either way.
    for (const count of quarters) expect(Math.abs(count - 100)).toBeLessThan(44);
  });
});

describe('compareText', () => {
  it('orders by UTF-16 code units, whatever the locale', () => {
    expect(['b', 'a', 'B', '10', '9', 'ä', ''].sort(compareText)).toEqual(['', '10', '9', 'B', 'a', 'b', 'ä']);
    expect(compareText('x', 'x')).toBe(0);
  });
});
