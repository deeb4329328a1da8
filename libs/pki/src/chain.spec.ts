import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificatesPem, parseCertificate, parseCertificates, type Certificate } from './certificate.ts';
import { contextConstructed } from './der/tags.ts';
import { bitString, element, octetString, oid, sequence, smallInteger, time, unsignedInteger } from './der/writer.ts';
import { extension, fixedExtensions } from './extensions.ts';
import { writeAltNames } from './alt-names.ts';
import { createIssuer, createRoot, issueLeaf, type Authority } from './issue.ts';
import { generateKey, keyPairOf, type KeyPair } from './key-pair.ts';
import { oids } from './oids.ts';
import { algorithmOf, signBytes } from './signature.ts';
import { verifyChain, type VerifyChainParams } from './verify-chain.ts';

const now = Date.UTC(2026, 10, 22, 18, 0, 0);
const day = 24 * 3_600_000;
const trustDomain = 'cluster.local';
const id = 'spiffe://cluster.local/ns/shop/sa/cart';

let root: Authority;
let issuer: Authority;
let key: KeyPair;
let leaf: Certificate;

beforeAll(async () => {
  root = await createRoot({ key: await generateKey(), trustDomain, now, ttlMs: 3_650 * day });
  issuer = await createIssuer({ key: await generateKey(), trustDomain, now, ttlMs: 365 * day, root });
  key = await generateKey();
  leaf = await issueLeaf({ issuer, spki: key.spki, spiffeId: id, now, ttlMs: day });
});

async function judge(params: Partial<VerifyChainParams>): Promise<string> {
  const all = { chain: [leaf, issuer.certificate], roots: [root.certificate], now, ...params };
  const result = await verifyChain(all);
  return result.ok ? result.value.spiffeId : result.problem.code;
}

/** A leaf with any extensions and dates, signed by the issuer: what a careless or hostile authority could make. */
async function oddLeaf(
  extensions: readonly Uint8Array[],
  fields: { spki?: Buffer; from?: number; by?: Authority } = {},
): Promise<Certificate> {
  const by = fields.by ?? issuer;
  const algorithm = algorithmOf(by.key.privateKey);
  const tbs = sequence(
    element(contextConstructed(0), smallInteger(2)),
    unsignedInteger(Buffer.of(7)),
    algorithm,
    by.certificate.subject,
    sequence(time(fields.from ?? now), time((fields.from ?? now) + day)),
    sequence(),
    fields.spki ?? key.spki,
    element(contextConstructed(3), sequence(...extensions)),
  );
  const parsed = parseCertificate(sequence(tbs, algorithm, bitString(await signBytes(tbs, by.key.privateKey))));
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.value;
}

function names(...uris: string[]): Buffer {
  return extension(oids.subjectAltName, true, writeAltNames({ uris, dnsNames: [], ipAddresses: [] }));
}

describe('issued certificates', () => {
  it('have the form of an X.509-SVID', () => {
    expect(leaf).toMatchObject({ isAuthority: false, unknownCritical: [], altNames: { uris: [id], dnsNames: [] } });
    expect(leaf.extendedKeyUsage).toEqual([oids.serverAuth, oids.clientAuth]);
    expect([...(leaf.keyUsage ?? [])]).toEqual([0, 2]);
    expect(leaf.notAfter).toBe(now + day);
    expect(leaf.notBefore).toBe(now - 60_000);
    expect(leaf.authorityKeyId?.equals(issuer.certificate.subjectKeyId ?? Buffer.of())).toBe(true);
    expect(issuer.certificate).toMatchObject({ isAuthority: true, pathLength: 0 });
  });

  it('are read by Node as they are by us', () => {
    const node = new X509Certificate(Buffer.from(leaf.der));
    expect(node.subjectAltName).toBe(`URI:${id}`);
    expect(node.ca).toBe(false);
    expect(node.serialNumber.toLowerCase().replace(/^0+/, '')).toBe(leaf.serial);
    expect(Date.parse(node.validTo)).toBe(leaf.notAfter);
    expect(node.verify(new X509Certificate(Buffer.from(issuer.certificate.der)).publicKey)).toBe(true);
    expect(node.checkIssued(new X509Certificate(Buffer.from(issuer.certificate.der)))).toBe(true);
    expect(node.checkPrivateKey(key.privateKey)).toBe(true);
  });

  it('never share a serial number, which has at most 127 bits', async () => {
    const serials = new Set<string>();
    for (let count = 0; count < 50; count++) {
      const { serial } = await issueLeaf({ issuer, spki: key.spki, spiffeId: id, now, ttlMs: day });
      expect(BigInt(`0x${serial}`) >> 127n).toBe(0n);
      serials.add(serial);
    }
    expect(serials.size).toBe(50);
    const zeros = await issueLeaf({
      issuer,
      spki: key.spki,
      spiffeId: id,
      now,
      ttlMs: day,
      random: (length) => new Uint8Array(length),
    });
    expect(zeros.serial).toBe('1');
  });

  it('do not outlive their issuer, and are backdated by a tenth of a short life', async () => {
    const long = await issueLeaf({ issuer, spki: key.spki, spiffeId: id, now, ttlMs: 3_650 * day });
    expect(long.notAfter).toBe(issuer.certificate.notAfter);
    const short = await issueLeaf({ issuer, spki: key.spki, spiffeId: id, now, ttlMs: 30_000 });
    expect(short.notBefore).toBe(now - 3_000);
  });

  it('are not made for what is no SPIFFE id', async () => {
    await expect(issueLeaf({ issuer, spki: key.spki, spiffeId: 'https://x', now, ttlMs: day })).rejects.toThrow(
      TypeError,
    );
  });

  it('read back from PEM, and damaged ones do not', () => {
    const pem = certificatesPem(leaf, issuer.certificate);
    const parsed = parseCertificates(`text before\n${pem}\ntext after`);
    expect(parsed).toMatchObject({ ok: true, value: [{ serial: leaf.serial }, { serial: issuer.certificate.serial }] });
    expect(parseCertificates(pem.slice(0, 200)).ok).toBe(false);
    expect(parseCertificate(leaf.der.subarray(0, -1)).ok).toBe(false);
    expect(parseCertificate(Buffer.concat([leaf.der, Buffer.of(0)])).ok).toBe(false);
  });
});

describe('openssl', () => {
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const missing = spawnSync('openssl', ['version']).error !== undefined;

  it.skipIf(missing)('accepts the chain for servers and clients, and prints what we meant', () => {
    const dir = mkdtempSync(join(tmpdir(), 'malla-pki-'));
    const file = (name: string, ...certificates: Certificate[]): string => {
      writeFileSync(join(dir, name), certificatesPem(...certificates));
      return join(dir, name);
    };
    const trust = ['-x509_strict', '-attime', String(now / 1_000), '-CAfile', file('root', root.certificate)];
    const chain = ['-untrusted', file('issuer', issuer.certificate), file('leaf', leaf)];
    for (const purpose of ['sslserver', 'sslclient'])
      expect(openssl('verify', ...trust, '-purpose', purpose, ...chain)).toContain('OK');
    const text = openssl('x509', '-in', join(dir, 'leaf'), '-noout', '-text');
    expect(text).toMatch(new RegExp(`Subject Alternative Name: critical\\s+URI:${id}`));
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Key Encipherment/);
    rmSync(dir, { recursive: true });
  });

  it.skipIf(missing)('makes requests that we read', async () => {
    const { parseCsr, verifyCsr } = await import('./csr.ts');
    const dir = mkdtempSync(join(tmpdir(), 'malla-pki-'));
    for (const kind of [['rsa:2048'], ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']]) {
      const subject = [
        '-subj',
        '/O=x/CN=y',
        '-addext',
        `subjectAltName=URI:${id}`,
        '-keyout',
        join(dir, 'key'),
        '-nodes',
      ];
      const parsed = parseCsr(openssl('req', '-new', '-newkey', ...kind, ...subject));
      if (!parsed.ok) throw new Error(parsed.problem.message);
      expect(parsed.value.requested.altNames.uris).toEqual([id]);
      expect((await verifyCsr(parsed.value)).ok).toBe(true);
    }
    rmSync(dir, { recursive: true });
  });
});

describe('chains', () => {
  it('lead from leaf to root, in whatever order the middle comes', async () => {
    expect(await judge({})).toBe(id);
    expect(await judge({ chain: [leaf, root.certificate, issuer.certificate], usage: 'server' })).toBe(id);
    expect(await judge({ usage: 'client' })).toBe(id);
  });

  it('lead to any root of the bundle while two are trusted', async () => {
    const next = await createRoot({ key: await generateKey(), trustDomain, now, ttlMs: day });
    expect(await judge({ roots: [next.certificate, root.certificate] })).toBe(id);
    expect(await judge({ roots: [next.certificate] })).toBe('untrusted');
  });

  it('are refused without a certificate, without the middle, or from elsewhere', async () => {
    expect(await judge({ chain: [] })).toBe('untrusted');
    expect(await judge({ chain: [leaf] })).toBe('untrusted');
    const twin = await createRoot({ key: await generateKey(), trustDomain, now, ttlMs: day });
    const forged = await createIssuer({ key: issuer.key, trustDomain, now, ttlMs: day, root: twin });
    expect(await judge({ chain: [leaf, forged.certificate] })).toBe('untrusted');
  });

  it('are refused outside of their time, at each level', async () => {
    expect(await judge({ now: now + day + 1 })).toBe('expired');
    expect(await judge({ now: now - 61_000 })).toBe('not_yet_valid');
    const old = await createIssuer({ key: await generateKey(), trustDomain, now: now - 2 * day, ttlMs: day, root });
    const fresh = await oddLeaf([names(id)], { by: old });
    expect(await judge({ chain: [fresh, old.certificate] })).toBe('expired');
  });

  it('are refused if the leaf names nobody, several, or what is no SPIFFE id', async () => {
    const judged = async (...uris: string[]): Promise<string> =>
      judge({ chain: [await oddLeaf(uris.length === 0 ? [] : [names(...uris)]), issuer.certificate] });
    expect(await judged()).toBe('identity');
    expect(await judged(id, id)).toBe('identity');
    expect(await judged('https://cart.example')).toBe('identity');
    expect(await judged(id)).toBe(id);
  });

  it('are refused if an authority stands as the leaf, or a leaf as an authority', async () => {
    expect(await judge({ chain: [issuer.certificate] })).toBe('authority');
    const asAuthority: Authority = {
      certificate: await issueLeaf({ issuer, spki: key.spki, spiffeId: id, now, ttlMs: day }),
      key,
    };
    const below = await oddLeaf([names(id)], { by: asAuthority });
    // The leaf's empty subject names every certificate without an issuer; only its lack of rights stops it.
    expect(await judge({ chain: [below, asAuthority.certificate, issuer.certificate] })).toBe('authority');
  });

  it('are refused if an authority signed more levels than it may', async () => {
    const deeper = await createIssuer({ key: await generateKey(), trustDomain, now, ttlMs: day, root: issuer });
    const deepLeaf = await issueLeaf({ issuer: deeper, spki: key.spki, spiffeId: id, now, ttlMs: day });
    expect(await judge({ chain: [deepLeaf, deeper.certificate, issuer.certificate] })).toBe('authority');
  });

  it('are refused for unknown critical extensions, wrong usages and weak keys', async () => {
    const judged = async (...args: Parameters<typeof oddLeaf>): Promise<string> =>
      judge({ chain: [await oddLeaf(...args), issuer.certificate], usage: 'server' });
    const unknown = extension('1.3.6.1.4.1.99999.1', true, octetString(Buffer.of()));
    expect(await judged([names(id), unknown])).toBe('extension');
    expect(await judged([names(id), extension(oids.extendedKeyUsage, false, sequence(oid(oids.clientAuth)))])).toBe(
      'extension',
    );
    expect(await judged([names(id), fixedExtensions.leafKeyUsage])).toBe(id);
    const weak = keyPairOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
    expect(await judged([names(id)], { spki: weak.spki })).toBe('weak_key');
  });
});
