import { z } from 'zod';
import { Digest } from './ids.ts';

/**
 * A detached signature over the exact bytes of a manifest or of a release's record, stored beside it as
 * `refs/<dataset>/signatures/<digest>/<key>.json` and never changed. It carries the public key so that people can look at it; who
 * verifies brings the key from elsewhere.
 */
export const SIGNATURE_SCHEMA = 'spindle.signature/1';

/** What can be signed. The signed bytes name their own schema, so that one can't be taken for the other. */
export const SignedKind = z.enum(['version', 'release']);
export type SignedKind = z.infer<typeof SignedKind>;

export const Signature = z.object({
  schema: z.literal(SIGNATURE_SCHEMA),
  algorithm: z.literal('ed25519'),
  what: SignedKind,
  /** SHA-256 of the signed bytes: the version's or the release's name. */
  of: Digest,
  /** SHA-256 of the public key as SubjectPublicKeyInfo in DER. */
  key: Digest,
  /** That SubjectPublicKeyInfo in base64. */
  publicKey: z.base64().max(200),
  /** 64 bytes in base64 (RFC 8032). */
  signature: z.base64().max(100),
});
export type Signature = z.infer<typeof Signature>;

const SIGNATURES = 'signatures';

/** The folder, below a dataset's refs, of all signatures over what a digest names. */
export function signatureFolder(of: Digest): string {
  return `${SIGNATURES}/${of}`;
}

/** The ref of one key's signature. */
export function signatureRef(of: Digest, key: Digest): string {
  return `${signatureFolder(of)}/${key}`;
}

/** What a ref of that name signs; null for any other ref. */
export function signedByRef(name: string): Digest | null {
  const [folder, of] = name.split('/');
  const digest = Digest.safeParse(of);
  return folder === SIGNATURES && digest.success ? digest.data : null;
}

/** `good`: a signature by this key over these very bytes. `bad`: a record that is none. `none`: the key has not signed. */
export const SIGNATURE_STATES = ['good', 'bad', 'none'] as const;
export type SignatureState = (typeof SIGNATURE_STATES)[number];
