import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeAltNames } from './alt-names.ts';
import { checkCsr, createCsr, parseCsr, verifyCsr, type Csr } from './csr.ts';
import { contextConstructed } from './der/tags.ts';
import { bitString, element, oid, sequence, setOf, smallInteger } from './der/writer.ts';
import { authorityConstraints, extension } from './extensions.ts';
import { generateKey, keyPairOf, type KeyPair } from './key-pair.ts';
import { oids } from './oids.ts';
import { encodePem } from './pem.ts';
import type { PkiProblemCode } from './result.ts';
import { algorithmOf, signBytes } from './signature.ts';

const id = 'spiffe://cluster.local/ns/shop/sa/cart';

let key: KeyPair;
let honest: string;

beforeAll(async () => {
  key = await generateKey();
  honest = await createCsr(key, id);
});

function rsa(bits: number, publicExponent = 65_537): KeyPair {
  return keyPairOf(generateKeyPairSync('rsa', { modulusLength: bits, publicExponent }).privateKey);
}

function ec(namedCurve: string): KeyPair {
  return keyPairOf(generateKeyPairSync('ec', { namedCurve }).privateKey);
}

/** A request with any extensions, signed as it should be. */
async function request(pair: KeyPair, ...extensions: Uint8Array[]): Promise<string> {
  const attribute = sequence(oid(oids.extensionRequest), setOf(sequence(...extensions)));
  const info = sequence(smallInteger(0), sequence(), pair.spki, element(contextConstructed(0), attribute));
  const signature = await signBytes(info, pair.privateKey);
  return encodePem('CERTIFICATE REQUEST', sequence(info, algorithmOf(pair.privateKey), bitString(signature)));
}

function names(fields: Partial<Parameters<typeof writeAltNames>[0]>): Buffer {
  return extension(oids.subjectAltName, false, writeAltNames({ uris: [], dnsNames: [], ipAddresses: [], ...fields }));
}

/** Reads, checks and verifies as the authority does; undefined if all is well. */
async function judge(pem: string): Promise<PkiProblemCode | undefined> {
  const parsed = parseCsr(pem);
  if (!parsed.ok) return parsed.problem.code;
  const checked = checkCsr(parsed.value, id);
  if (!checked.ok) return checked.problem.code;
  const verified = await verifyCsr(parsed.value);
  return verified.ok ? undefined : verified.problem.code;
}

function parsedCsr(pem: string): Csr {
  const parsed = parseCsr(pem);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.value;
}

describe('certificate requests', () => {
  it('read back with their key and the names that they ask for', async () => {
    const csr = parsedCsr(honest);
    expect(csr.key).toMatchObject({ type: 'P-256', bits: 256 });
    expect(key.spki.equals(csr.key.spki)).toBe(true);
    expect(csr.requested.altNames.uris).toEqual([id]);
    expect(await judge(honest)).toBeUndefined();
  });

  it('may be silent about names', async () => {
    const info = sequence(smallInteger(0), sequence(), key.spki, element(contextConstructed(0)));
    const pem = encodePem(
      'CERTIFICATE REQUEST',
      sequence(info, algorithmOf(key.privateKey), bitString(await signBytes(info, key.privateKey))),
    );
    expect(await judge(pem)).toBeUndefined();
  });

  it.each([
    ['P-384', () => ec('P-384')],
    ['RSA-2048', () => rsa(2048)],
    ['RSA-3072', () => rsa(3072)],
  ])('take a %s key', async (_name, make) => {
    expect(await judge(await createCsr(make(), id))).toBeUndefined();
  });

  it.each([
    ['RSA-1024', () => rsa(1024), 'weak_key'],
    ['RSA-2047', () => rsa(2047), 'weak_key'],
    ['RSA with the exponent 3', () => rsa(2048, 3), 'weak_key'],
    ['P-521', () => ec('P-521'), 'unsupported_algorithm'],
    ['secp256k1', () => ec('secp256k1'), 'unsupported_algorithm'],
  ])('refuse a %s key', async (_name, make, code) => {
    expect(await judge(await createCsr(make(), id))).toBe(code);
  });

  it('refuse an Ed25519 key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const pem = await createCsr({ privateKey: key.privateKey, spki }, id);
    expect(privateKey.asymmetricKeyType).toBe('ed25519');
    expect(await judge(pem)).toBe('unsupported_algorithm');
  });

  it('refuse a signature by another key, or over other content', async () => {
    const other = await generateKey();
    expect(await judge(await createCsr({ privateKey: other.privateKey, spki: key.spki }, id))).toBe('bad_signature');
    const rsaKey: KeyObject = rsa(2048).privateKey;
    expect(await judge(await createCsr({ privateKey: rsaKey, spki: key.spki }, id))).toBe('bad_signature');
  });

  it('refuse a point that is not on its curve', async () => {
    const spki = Buffer.from(key.spki);
    spki[spki.length - 1] = (spki.at(-1) ?? 0) ^ 1;
    expect(await judge(await createCsr({ privateKey: key.privateKey, spki }, id))).toBe('bad_signature');
  });

  it('refuse to be another, several, a host, or an authority', async () => {
    const other = 'spiffe://cluster.local/ns/malla-system/sa/config-api';
    expect(await judge(await request(key, names({ uris: [other] })))).toBe('identity');
    expect(await judge(await request(key, names({ uris: [id, other] })))).toBe('identity');
    expect(await judge(await request(key, names({ uris: [id], dnsNames: ['bank.example'] })))).toBe('identity');
    expect(await judge(await request(key, names({ uris: [id], ipAddresses: [Buffer.of(10, 0, 0, 1)] })))).toBe(
      'identity',
    );
    expect(await judge(await request(key, names({ uris: [id] }), authorityConstraints(undefined)))).toBe('authority');
    expect(await judge(await request(key, names({ uris: [id] }), names({ uris: [id] })))).toBe('malformed');
  });

  it('refuse what is too long, empty, twice, or something else', async () => {
    expect(await judge('')).toBe('malformed');
    expect(await judge('x'.repeat(20_000))).toBe('too_large');
    expect(await judge(honest + honest)).toBe('malformed');
    expect(await judge(honest.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'))).toBe('malformed');
    expect(await judge(encodePem('CERTIFICATE REQUEST', Buffer.alloc(0)))).toBe('malformed');
  });

  it('fail on damaged bytes with a reason, and never certify a key that was not proved', async () => {
    const der = Buffer.from(honest.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
        async (flips) => {
          const damaged = Buffer.from(der);
          for (const [at, bits] of flips) damaged[at] = (damaged[at] ?? 0) ^ bits;
          fc.pre(!damaged.equals(der));
          expect(await judge(encodePem('CERTIFICATE REQUEST', damaged))).toBeDefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('read any text and any bytes without throwing or hanging', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (text) => !parseCsr(text).ok),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2_000 }),
        (bytes) => !parseCsr(encodePem('CERTIFICATE REQUEST', bytes)).ok,
      ),
      { numRuns: 300 },
    );
    const nested = Buffer.alloc(12_000, Buffer.of(0x30, 0x80));
    expect(parseCsr(encodePem('CERTIFICATE REQUEST', nested)).ok).toBe(false);
    expect(parseCsr('-----BEGIN CERTIFICATE REQUEST-----\n'.repeat(400)).ok).toBe(false);
  });
});
