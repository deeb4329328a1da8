import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificatesPem } from './certificate.ts';
import { createRoot, issueLeaf, type Authority } from './issue.ts';
import { generateKey, parsePrivateKey, privateKeyPem } from './key-pair.ts';
import { rotationTime } from './rotation.ts';
import { addRoot, dropRoot, parseTrustBundle, trustBundlePem, type TrustBundle } from './trust-bundle.ts';

async function root(): Promise<Authority> {
  return createRoot({ key: await generateKey(), trustDomain: 'cluster.local', now: Date.now(), ttlMs: 3_600_000 });
}

describe('trust bundles', () => {
  it('grow and shrink by phases, with a sequence that only grows', async () => {
    const [old, next] = [(await root()).certificate, (await root()).certificate];
    const first: TrustBundle = { trustDomain: 'cluster.local', roots: [old], sequence: 1n };
    const both = addRoot(first, next);
    expect(both).toMatchObject({ sequence: 2n, roots: [old, next] });
    expect(addRoot(both, next)).toBe(both);
    const last = dropRoot(both, old);
    expect(last).toMatchObject({ sequence: 3n, roots: [next] });
    expect(dropRoot(last, old)).toBe(last);
    expect(() => dropRoot(last, next)).toThrow(RangeError);
    expect(parseTrustBundle('cluster.local', [trustBundlePem(both)], 2n)).toMatchObject({
      ok: true,
      value: { sequence: 2n },
    });
  });

  it('hold authorities only, and at least one', async () => {
    const issuer = await root();
    const { spki } = await generateKey();
    const leaf = await issueLeaf({ issuer, spki, spiffeId: 'spiffe://cluster.local/x', now: Date.now(), ttlMs: 1_000 });
    expect(parseTrustBundle('cluster.local', [certificatesPem(leaf)], 1n)).toMatchObject({
      problem: { code: 'authority' },
    });
    expect(parseTrustBundle('cluster.local', [], 1n)).toMatchObject({ problem: { code: 'malformed' } });
    expect(parseTrustBundle('cluster.local', ['x'], 1n)).toMatchObject({ problem: { code: 'malformed' } });
  });
});

describe('rotation', () => {
  it('is due at half of the life by default, spread by the jitter', () => {
    const life = { notBefore: 0, notAfter: 1_000 };
    expect(rotationTime(life, { random: () => 0.5 })).toBe(500);
    expect(rotationTime(life, { random: () => 0, jitter: 0.1 })).toBe(400);
    expect(rotationTime(life, { random: () => 1, jitter: 0.1, ratio: 0.8 })).toBe(900);
  });

  it('is always within the life', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, life, ratio, draw) => {
          const due = rotationTime(
            { notBefore: from, notAfter: from + life },
            { ratio, jitter: 0.5, random: () => draw },
          );
          expect(due).toBeGreaterThanOrEqual(from);
          expect(due).toBeLessThanOrEqual(from + life);
        },
      ),
    );
  });
});

describe('keys', () => {
  it('read back from PEM', async () => {
    const key = await generateKey();
    const parsed = parsePrivateKey(privateKeyPem(key.privateKey));
    expect(parsed.ok && parsed.value.spki.equals(key.spki)).toBe(true);
  });

  it('do not show what could not be read', () => {
    const parsed = parsePrivateKey('-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----');
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
    expect(parsed).toMatchObject({ ok: false, problem: { code: 'malformed' } });
  });
});
