import { z } from 'zod';
import { DatasetName, Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';

/**
 * The keys of the bucket (docs/format.md). Every part is checked: some servers resolve `..` in a key, and none can hold both
 * `a` and `a/b`.
 */

const PART = '[A-Za-z0-9][A-Za-z0-9._-]{0,127}';
const Path = z
  .string()
  .max(512)
  .regex(new RegExp(`^${PART}(/${PART})*$`));
const RefName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}(\/[a-z0-9][a-z0-9.-]{0,63}){0,3}$/);

/** Where an immutable object lies: `objects/<digest>`. */
export function objectKey(digest: Digest): string {
  return `objects/${checked(Digest, digest, 'digest', 'a SHA-256 as 64 lower-case hexadecimal characters')}`;
}

export function versionsFolder(dataset: DatasetName): string {
  return `versions/${checkedDataset(dataset)}/`;
}

/** Where a manifest lies: `versions/<dataset>/<digest>.json`. */
export function versionKey(dataset: DatasetName, digest: Digest): string {
  const name = checked(Digest, digest, 'digest', 'a SHA-256 as 64 lower-case hexadecimal characters');
  return `${versionsFolder(dataset)}${name}.json`;
}

export function refsFolder(dataset: DatasetName): string {
  return `refs/${checkedDataset(dataset)}/`;
}

/** Where a ref lies: `refs/<dataset>/<name>.json`. */
export function refKey(dataset: DatasetName, name: string): string {
  const part = checked(RefName, name, 'ref', 'lower-case letters, digits, dots, hyphens, in parts divided by slashes');
  return `${refsFolder(dataset)}${part}.json`;
}

/** The prefix of all uploads of one folder: `uploads/<folder>/`. */
export function uploadFolder(folder: string): string {
  const path = checked(Path, folder, 'folder', 'parts of letters, digits, dots, hyphens, divided by slashes');
  return `uploads/${path}/`;
}

/** Where an upload lies: `uploads/<folder>/<digest>`. */
export function uploadKey(folder: string, digest: Digest): string {
  const name = checked(Digest, digest, 'digest', 'a SHA-256 as 64 lower-case hexadecimal characters');
  return `${uploadFolder(folder)}${name}`;
}

function checkedDataset(dataset: DatasetName): DatasetName {
  return checked(DatasetName, dataset, 'dataset', 'lower-case letters, digits and hyphens, at most 41');
}

function checked(schema: z.ZodType<string>, value: string, field: string, expected: string): string {
  if (schema.safeParse(value).success) return value;
  throw new InvalidInputError('storage key', field, expected, JSON.stringify(String(value).slice(0, 80)));
}
