import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { DerReader } from './der/reader.ts';
import { tags } from './der/tags.ts';
import { nullValue, oid, sequence } from './der/writer.ts';
import { oids } from './oids.ts';

interface Algorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly key: 'ec' | 'rsa';
}

/** SHA-1 and older are left out on purpose. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  [oids.ecdsaSha256]: { hash: 'sha256', key: 'ec' },
  [oids.ecdsaSha384]: { hash: 'sha384', key: 'ec' },
  [oids.ecdsaSha512]: { hash: 'sha512', key: 'ec' },
  [oids.rsaSha256]: { hash: 'sha256', key: 'rsa' },
  [oids.rsaSha384]: { hash: 'sha384', key: 'rsa' },
  [oids.rsaSha512]: { hash: 'sha512', key: 'rsa' },
};

const encoded = {
  ecdsaSha256: sequence(oid(oids.ecdsaSha256)),
  ecdsaSha384: sequence(oid(oids.ecdsaSha384)),
  rsaSha256: sequence(oid(oids.rsaSha256), nullValue()),
};

/** Reads an AlgorithmIdentifier of a signature; undefined if we do not verify it. */
export function readSignatureAlgorithm(reader: DerReader): string | undefined {
  const algorithm = reader.enter();
  const id = algorithm.oid();
  algorithm.optional(tags.null);
  algorithm.end();
  return algorithms[id] === undefined ? undefined : id;
}

/** The AlgorithmIdentifier that goes with a private key. */
export function algorithmOf(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'rsa') return encoded.rsaSha256;
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? encoded.ecdsaSha384 : encoded.ecdsaSha256;
}

/** Signs in Node's thread pool, so that issuing uses every core and does not hold up the event loop. */
export function signBytes(bytes: Uint8Array, key: KeyObject): Promise<Buffer> {
  const hash = algorithmOf(key) === encoded.ecdsaSha384 ? 'sha384' : 'sha256';
  return new Promise((resolve, reject) => {
    sign(hash, bytes, { key, dsaEncoding: 'der' }, (error, signature) =>
      error === null ? resolve(signature) : reject(error),
    );
  });
}

/** Verifies in Node's thread pool. False for a key that does not load or does not fit the algorithm. */
export async function verifyBytes(params: {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  /** From {@link readSignatureAlgorithm}. */
  readonly algorithm: string;
  readonly spki: Uint8Array;
}): Promise<boolean> {
  const algorithm = algorithms[params.algorithm];
  const key = loadPublicKey(params.spki);
  if (algorithm === undefined || key === undefined || key.asymmetricKeyType !== algorithm.key) return false;
  return new Promise((resolve) => {
    verify(algorithm.hash, params.bytes, { key, dsaEncoding: 'der' }, params.signature, (error, good) =>
      resolve(error === null && good),
    );
  });
}

function loadPublicKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({
      key: Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength),
      format: 'der',
      type: 'spki',
    });
  } catch {
    // OpenSSL refuses points that are not on the curve.
    return undefined;
  }
}
