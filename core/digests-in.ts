import { Digest } from './ids.ts';

/**
 * Every text in a JSON value that is a digest, at any depth, keys included. What a record names is found without knowing its
 * schema, so a field of later than this code counts too.
 */
export function digestsIn(value: unknown, found = new Set<Digest>()): Set<Digest> {
  if (typeof value === 'string') {
    if (Digest.safeParse(value).success) found.add(value);
  } else if (Array.isArray(value)) {
    for (const each of value) digestsIn(each, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      digestsIn(key, found);
      digestsIn(each, found);
    }
  }
  return found;
}
