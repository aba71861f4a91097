import { InvalidArgumentError } from 'commander';

/** Three numbers, `0.5,0.5,4`, or one for all three; `accept` says of each whether it will do. */
export function threeNumbers(accept: (value: number) => boolean, expected: string) {
  return (text: string): [number, number, number] => {
    const parts = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    const values = parts.length === 1 ? [parts[0]!, parts[0]!, parts[0]!] : parts;
    if (values.length === 3 && values.every(accept)) return values as [number, number, number];
    throw new InvalidArgumentError(`expected ${expected}.`);
  };
}

/** Two percentiles, `1,99`. */
export function percentiles(text: string): [number, number] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [low, high] = values as [number, number];
  if (values.length === 2 && low >= 0 && low < high && high <= 100) return [low, high];
  throw new InvalidArgumentError('expected two percentiles, as 1,99.');
}

/** An orientation code, or `canonical`. */
export function orientation(text: string): string {
  const code = text.toUpperCase();
  if (text === 'canonical') return text;
  if (/^[LR][PA][SI]$|^[LR][SI][PA]$|^[PA][LR][SI]$|^[PA][SI][LR]$|^[SI][LR][PA]$|^[SI][PA][LR]$/.test(code))
    return code;
  throw new InvalidArgumentError('expected three of L|R, P|A and S|I, as PIR, or canonical.');
}
