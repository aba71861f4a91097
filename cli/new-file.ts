import { access } from 'node:fs/promises';
import { InvalidInputError } from '../core/invalid-input.ts';

export interface WriteOptions {
  force?: boolean;
}

/** Throws InvalidInputError for a file that exists, unless it may be overwritten. */
export async function refuseExisting(target: string, { force }: WriteOptions): Promise<void> {
  const exists = await access(target).then(
    () => true,
    () => false,
  );
  if (exists && !force) throw new InvalidInputError(target, 'file', 'a new file, or --force', 'one that exists');
}

/** Throws InvalidInputError unless a picture is to be written there. */
export function mustBePng(target: string): void {
  if (target.toLowerCase().endsWith('.png')) return;
  throw new InvalidInputError(target, 'file', 'a name that ends in .png', 'another');
}
