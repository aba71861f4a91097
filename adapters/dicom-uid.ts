import { createHash } from 'node:crypto';

/** Of this export alone; drawn once. */
const NAMESPACE = Buffer.from('6f1c2b0e3d5a4b7c8e9f0a1b2c3d4e5f', 'hex');

/**
 * A DICOM UID by name: `2.25.` and the version 5 UUID (RFC 9562) of the name as one decimal number (PS3.5, B.2). The same name gives the
 * same one.
 */
export function dicomUid(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${hash.toString('hex')}`)}`;
}
