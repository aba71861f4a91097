import { canonicalJson } from '../core/canonical-json.ts';
import { sha256 } from './volume.ts';

/** SHA-256 of a value's canonical JSON, in lower-case hexadecimal: the same for the same value. */
export function jsonDigest(value: unknown): string {
  return sha256(new TextEncoder().encode(canonicalJson(value)));
}
