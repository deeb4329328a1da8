import { createHash } from 'node:crypto';
import { DerReader } from './der/reader.ts';
import { tags } from './der/tags.ts';
import { oids } from './oids.ts';
import { accept, readDer, refuse, type PkiResult } from './result.ts';

/** What is known of a public key from its SubjectPublicKeyInfo. */
export interface PublicKeyInfo {
  readonly type: 'P-256' | 'P-384' | 'RSA';
  /** Of the curve or the modulus. */
  readonly bits: number;
  /** The whole SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Names the key: the first 160 bits of SHA-256 over the key bits (RFC 7093 section 2, method 1). */
  readonly keyId: Buffer;
}

const minRsaBits = 2048;
/** A larger one only costs us time to verify. */
const maxRsaBits = 8192;

/** Reads a SubjectPublicKeyInfo and refuses what is weak or unknown: P-256, P-384 and RSA of 2048 to 8192 bits pass. */
export function readPublicKey(spki: Uint8Array): PkiResult<PublicKeyInfo> {
  return readDer('public key', () => {
    const outer = new DerReader(spki);
    const reader = outer.enter();
    outer.end();
    const algorithm = reader.enter();
    const key = reader.bitString();
    reader.end();
    const keyId = createHash('sha256').update(key).digest().subarray(0, 20);
    const kind = algorithm.oid();
    if (kind === oids.ecPublicKey) return ecKey(algorithm, { spki, key, keyId });
    if (kind === oids.rsaEncryption) return rsaKey(algorithm, { spki, key, keyId });
    return refuse('unsupported_algorithm', `a key of algorithm ${kind}; P-256, P-384 and RSA are supported`);
  });
}

interface Parts {
  readonly spki: Uint8Array;
  readonly key: Uint8Array;
  readonly keyId: Buffer;
}

function ecKey(algorithm: DerReader, { spki, key, keyId }: Parts): PkiResult<PublicKeyInfo> {
  // Only named curves: explicit parameters could describe a weak one.
  if (algorithm.nextTag !== tags.oid) return refuse('unsupported_algorithm', 'a key on a curve that is not named');
  const curve = algorithm.oid();
  algorithm.end();
  const type = curve === oids.p256 ? 'P-256' : curve === oids.p384 ? 'P-384' : undefined;
  if (type === undefined)
    return refuse('unsupported_algorithm', `a key on curve ${curve}; P-256 and P-384 are supported`);
  const bits = type === 'P-256' ? 256 : 384;
  if (key.length !== 1 + bits / 4 || key[0] !== 0x04)
    return refuse('malformed', 'an elliptic curve point that is not uncompressed');
  return accept({ type, bits, spki, keyId });
}

function rsaKey(algorithm: DerReader, { spki, key, keyId }: Parts): PkiResult<PublicKeyInfo> {
  algorithm.read(tags.null);
  algorithm.end();
  const outer = new DerReader(key);
  const reader = outer.enter();
  outer.end();
  const modulus = reader.integer();
  const exponent = reader.integer();
  reader.end();
  const bits = bitLength(modulus);
  if (bits < minRsaBits) return refuse('weak_key', `an RSA key of ${bits} bits; at least ${minRsaBits} are needed`);
  if (bits > maxRsaBits) return refuse('too_large', `an RSA key of ${bits} bits; at most ${maxRsaBits} are taken`);
  const odd = ((exponent.at(-1) ?? 0) & 1) === 1;
  if (!odd || exponent.length < 3 || bitLength(exponent) > 64)
    return refuse('weak_key', 'an RSA key with an unusual exponent');
  return accept({ type: 'RSA', bits, spki, keyId });
}

/** The bits of an unsigned big-endian number; 0 for a negative one. */
function bitLength(bytes: Uint8Array): number {
  const start = bytes[0] === 0 ? 1 : 0;
  const first = bytes[start] ?? 0;
  if (start === 0 && first >= 0x80) return 0;
  return (bytes.length - start - 1) * 8 + (32 - Math.clz32(first));
}
