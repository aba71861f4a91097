import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyPair, isSignedBy, privateKeyOf, publicKeyOf, signBytes } from '../../adapters/signing-key.ts';

// RFC 8032, section 7.1, test 3: secret key, public key, message, signature.
const SECRET = 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7';
const PUBLIC = 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025';
const MESSAGE = Buffer.from('af82', 'hex');
const SIGNATURE =
  '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a';
// A 32-byte key as PKCS #8 and as SubjectPublicKeyInfo (RFC 8410): these bytes before it.
const PKCS8 = '302e020100300506032b657004220420';
const SPKI = '302a300506032b6570032100';

const pem = (der: string, kind: 'PRIVATE' | 'PUBLIC') =>
  `-----BEGIN ${kind} KEY-----\n${Buffer.from(der, 'hex').toString('base64')}\n-----END ${kind} KEY-----\n`;

describe('signing keys', () => {
  it('sign as RFC 8032 says, and name keys by their SubjectPublicKeyInfo', () => {
    const secret = privateKeyOf(pem(PKCS8 + SECRET, 'PRIVATE'), 'test 3');
    const signature = signBytes(secret, 'version', MESSAGE);
    expect(Buffer.from(signature.signature, 'base64').toString('hex')).toBe(SIGNATURE);
    expect(Buffer.from(signature.publicKey, 'base64').toString('hex')).toBe(SPKI + PUBLIC);
    // printf 302a…8025 | xxd -r -p | sha256sum
    expect(signature.key).toBe('8d39ba50abe50f77b6bb8ae7b6927aff7ffbeba35ad2837c0e51e82bcbcc60d5');
    expect(isSignedBy(publicKeyOf(pem(SPKI + PUBLIC, 'PUBLIC'), 'test 3'), signature, MESSAGE)).toBe(true);
  });

  it('does not take a signature for other bytes, another key, or a changed record', () => {
    const { privatePem, publicPem } = createKeyPair();
    const [secret, own] = [privateKeyOf(privatePem, 'own'), publicKeyOf(publicPem, 'own')];
    const other = publicKeyOf(createKeyPair().publicPem, 'other');
    const signature = signBytes(secret, 'version', MESSAGE);
    expect(isSignedBy(own, signature, MESSAGE)).toBe(true);
    expect(isSignedBy(own, signature, Buffer.from('af83', 'hex'))).toBe(false);
    expect(isSignedBy(other, signature, MESSAGE)).toBe(false);
    expect(isSignedBy(other, { ...signature, key: other.key }, MESSAGE)).toBe(false);
    expect(isSignedBy(own, { ...signature, of: '0'.repeat(64) }, MESSAGE)).toBe(false);
    const flipped = Buffer.from(signature.signature, 'base64');
    flipped[3]! ^= 1;
    expect(isSignedBy(own, { ...signature, signature: flipped.toString('base64') }, MESSAGE)).toBe(false);
    expect(isSignedBy(own, { ...signature, signature: '' }, MESSAGE)).toBe(false);
  });

  it('are made as OpenSSL makes them; a passphrase locks the private one', () => {
    const { privatePem, publicPem } = createKeyPair('open sesame');
    expect(privatePem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect(createPublicKey(publicPem).asymmetricKeyType).toBe('ed25519');
    const opened = createPrivateKey({ key: privatePem, passphrase: 'open sesame' });
    expect(privateKeyOf(privatePem, 'k', 'open sesame').key).toBe(publicKeyOf(publicPem, 'k').key);
    expect(createPublicKey(opened).export({ type: 'spki', format: 'pem' })).toBe(publicPem);
    for (const passphrase of [undefined, 'close']) {
      expect(() => privateKeyOf(privatePem, 'k', passphrase)).toThrow(/k: key: .*encrypted one that the passphrase/);
    }
  });

  it('are refused by name: another kind, the wrong half, no key', () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [ec, ecPublic] = [
      p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      p256.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ];
    expect(() => privateKeyOf(ec, 'k')).toThrow('one of type ec');
    expect(() => publicKeyOf(ecPublic, 'k')).toThrow('one of type ec');
    const { privatePem, publicPem } = createKeyPair();
    expect(() => publicKeyOf(privatePem, 'k')).toThrow('got a private key');
    expect(() => privateKeyOf(publicPem, 'k')).toThrow('got no private key');
    expect(() => publicKeyOf('hello', 'k')).toThrow('got no public key');
  });
});
