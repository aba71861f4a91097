import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

/** Makes a parser for an option or argument out of a schema for text; what it refuses is wrong usage. */
export function checkedBy<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? 'not a usable value'}.`);
  };
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
  };
}

/** A number between `least` and `most`, both included. */
export function numberWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`expected a number ${range}.`);
  };
}

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const known = words.find((word) => word === text);
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`expected one of ${words.join(', ')}.`);
  };
}
