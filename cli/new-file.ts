import { access } from 'node:fs/promises';
import { InvalidInputError } from '../core/invalid-input.ts';

export interface WriteOptions {
  force?: boolean;
}

/** Throws InvalidInputError for a file that exists, unless it may be overwritten. */
export async function refuseExisting(target: string, { force }: WriteOptions): Promise<void> {
  if (!force && (await exists(target)))
    throw new InvalidInputError(target, 'file', 'a new file, or --force', 'one that exists');
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Throws InvalidInputError unless a picture is to be written there. */
export function mustBePng(target: string): void {
  if (target.toLowerCase().endsWith('.png')) return;
  throw new InvalidInputError(target, 'file', 'a name that ends in .png', 'another');
}
