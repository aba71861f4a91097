import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { SIGNATURE_SCHEMA, type Signature, type SignedKind } from '../core/signature.ts';
import { sha256 } from './volume.ts';

/** Ed25519 by Node's own crypto (OpenSSL): RFC 8032, as every other library computes it. */
const ALGORITHM = 'ed25519';

/** A key's name: SHA-256 of its SubjectPublicKeyInfo, as `openssl pkey -pubin -outform DER | sha256sum` prints it. */
export interface PublicKey {
  key: Digest;
  object: KeyObject;
}

export interface PrivateKey extends PublicKey {
  secret: KeyObject;
}

/** A new pair as PEM (PKCS #8 and SubjectPublicKeyInfo), as `openssl genpkey -algorithm ed25519` makes them; encrypted when there is a passphrase. */
export function createKeyPair(passphrase?: string): { privatePem: string; publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync(ALGORITHM);
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** Throws InvalidInputError about `name`, which never tells anything of the key. */
export function privateKeyOf(pem: string, name: string, passphrase?: string): PrivateKey {
  const expected = 'an Ed25519 private key as PEM';
  let secret: KeyObject;
  try {
    secret = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    const locked = /ENCRYPTED/.test(pem);
    const got = locked ? 'an encrypted one that the passphrase does not open' : 'no private key';
    throw new InvalidInputError(name, 'key', expected, got);
  }
  if (secret.asymmetricKeyType !== ALGORITHM) {
    throw new InvalidInputError(name, 'key', expected, `one of type ${secret.asymmetricKeyType}`);
  }
  const object = createPublicKey(secret);
  return { key: fingerprint(object), object, secret };
}

/** Throws InvalidInputError about `name`. A private key is refused: it has no business where a public one is asked for. */
export function publicKeyOf(pem: string, name: string): PublicKey {
  const expected = 'an Ed25519 public key as PEM';
  if (/PRIVATE KEY/.test(pem)) throw new InvalidInputError(name, 'key', expected, 'a private key');
  let object: KeyObject;
  try {
    object = createPublicKey(pem);
  } catch {
    throw new InvalidInputError(name, 'key', expected, 'no public key');
  }
  if (object.asymmetricKeyType !== ALGORITHM) {
    throw new InvalidInputError(name, 'key', expected, `one of type ${object.asymmetricKeyType}`);
  }
  return { key: fingerprint(object), object };
}

/** Signs bytes. Ed25519 draws nothing at random: the same key and bytes always give the same signature. */
export function signBytes({ key, object, secret }: PrivateKey, what: SignedKind, bytes: Uint8Array): Signature {
  return {
    schema: SIGNATURE_SCHEMA,
    algorithm: ALGORITHM,
    what,
    of: sha256(bytes),
    key,
    publicKey: spki(object).toString('base64'),
    signature: sign(null, bytes, secret).toString('base64'),
  };
}

/** Whether a record is this key's signature over these bytes; everything it says of itself has to be right, too. */
export function isSignedBy({ key, object }: PublicKey, signature: Signature, bytes: Uint8Array): boolean {
  if (signature.key !== key || signature.of !== sha256(bytes)) return false;
  return verify(null, bytes, object, Buffer.from(signature.signature, 'base64'));
}

function fingerprint(object: KeyObject): Digest {
  return sha256(spki(object));
}

function spki(object: KeyObject): Buffer {
  return object.export({ type: 'spki', format: 'der' });
}
