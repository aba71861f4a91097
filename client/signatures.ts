import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { refsFolder, RefConflictError, type ObjectStore } from '../adapters/object-store.ts';
import {
  isSignedBy,
  privateKeyOf,
  publicKeyOf,
  signBytes,
  type PrivateKey,
  type PublicKey,
} from '../adapters/signing-key.ts';
import { Digest, type DatasetName } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { Signature, signatureFolder, signatureRef, type SignatureState, type SignedKind } from '../core/signature.ts';

export interface Signed {
  what: SignedKind;
  of: Digest;
  key: Digest;
  /** It was there before. */
  already: boolean;
}

/** What a key says of a version or release. */
export interface KeyVerdict {
  key: Digest;
  state: SignatureState;
}

/**
 * Signs bytes and stores the signature beside them. The same key may sign the same bytes again: nothing changes. A record by this
 * key that is no good signature is refused, never overwritten. Throws InvalidInputError.
 */
export async function signStored(
  store: ObjectStore,
  dataset: DatasetName,
  what: SignedKind,
  bytes: Uint8Array,
  key: PrivateKey,
): Promise<Signed> {
  const signature = signBytes(key, what, bytes);
  const signed = { what, of: signature.of, key: key.key };
  const ref = signatureRef(signature.of, key.key);
  try {
    await store.writeRef(dataset, ref, signature, null);
    return { ...signed, already: false };
  } catch (error) {
    if (!(error instanceof RefConflictError)) throw error;
  }
  const there = await store.readRef(dataset, ref, Signature);
  if (there && isSignedBy(key, there.value, bytes)) return { ...signed, already: true };
  throw new InvalidInputError(ref, 'signature', 'the one that this key makes', 'another, which is not written over');
}

/** The keys that have a signature record over what a digest names, ascending; whether it is good is another question. */
export async function signersOf(store: ObjectStore, dataset: DatasetName, of: Digest): Promise<Digest[]> {
  const folder = `${refsFolder(dataset)}${signatureFolder(of)}/`;
  const keys: Digest[] = [];
  for await (const { key } of store.bucket.list(folder)) {
    const name = Digest.safeParse(key.slice(folder.length, -'.json'.length));
    if (name.success) keys.push(name.data);
  }
  return keys;
}

/** Holds the stored signatures against keys that the caller trusts. */
export async function checkSignatures(
  store: ObjectStore,
  dataset: DatasetName,
  { of, bytes }: { of: Digest; bytes: Uint8Array },
  keys: readonly PublicKey[],
): Promise<KeyVerdict[]> {
  return Promise.all(
    keys.map(async (key): Promise<KeyVerdict> => {
      const record = await storedSignature(store, dataset, signatureRef(of, key.key));
      if (record === null) return { key: key.key, state: 'none' };
      return { key: key.key, state: record !== 'bad' && isSignedBy(key, record, bytes) ? 'good' : 'bad' };
    }),
  );
}

async function storedSignature(
  store: ObjectStore,
  dataset: DatasetName,
  ref: string,
): Promise<Signature | 'bad' | null> {
  try {
    return (await store.readRef(dataset, ref, Signature))?.value ?? null;
  } catch (error) {
    if (error instanceof InvalidInputError) return 'bad';
    throw error;
  }
}

/** Reads a private key: from a file, or PEM itself as an environment variable may hold it. Throws InvalidInputError. */
export async function readPrivateKey(source: string, passphrase?: string): Promise<PrivateKey> {
  const { pem, name } = await pemAt(source);
  return privateKeyOf(pem, name, passphrase);
}

/** The same for a public key. */
export async function readPublicKey(source: string): Promise<PublicKey> {
  const { pem, name } = await pemAt(source);
  return publicKeyOf(pem, name);
}

async function pemAt(source: string): Promise<{ pem: string; name: string }> {
  if (source.includes('-----BEGIN ')) return { pem: source, name: 'key given as PEM' };
  const name = basename(source);
  const pem = await readFile(source, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(name, 'file', 'a readable key file', error.code ?? 'none');
  });
  return { pem, name };
}
