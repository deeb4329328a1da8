import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { accept, refuse, type PkiResult } from './result.ts';

/** A private key and its public half as DER. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
}

/** Makes a P-256 key, the kind that Malla's own identities use. */
export function generateKey(): Promise<KeyPair> {
  return new Promise((resolve, reject) => {
    generateKeyPair('ec', { namedCurve: 'P-256' }, (error, _publicKey, privateKey) => {
      if (error === null) resolve(keyPairOf(privateKey));
      else reject(error);
    });
  });
}

/** The pair that a private key belongs to. */
export function keyPairOf(privateKey: KeyObject): KeyPair {
  return { privateKey, spki: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }) };
}

/** Writes a private key as PKCS #8 PEM. Keep it in files of mode 0600 only. */
export function privateKeyPem(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
}

/** Reads a private key from PEM. */
export function parsePrivateKey(pem: string): PkiResult<KeyPair> {
  try {
    return accept(keyPairOf(createPrivateKey(pem)));
  } catch {
    // OpenSSL's text may quote the input; a key must not reach a log that way.
    return refuse('malformed', 'not a private key in PEM');
  }
}
