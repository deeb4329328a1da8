import {
  certificatesPem,
  createIssuer,
  createRoot,
  generateKey,
  issueLeaf,
  privateKeyPem,
  type Authority,
} from '@malla/pki';

/** A certificate with its chain and key, all PEM. */
export interface TestCertificate {
  /** Leaf first, then the issuer. */
  readonly chainPem: string;
  readonly keyPem: string;
}

/** A CA for one test: root, issuer and leaves of an hour. */
export class TestPki {
  readonly rootPem: string;
  readonly trustDomain: string;
  readonly #issuer: Authority;

  private constructor(trustDomain: string, root: Authority, issuer: Authority) {
    this.trustDomain = trustDomain;
    this.rootPem = certificatesPem(root.certificate);
    this.#issuer = issuer;
  }

  static async create(trustDomain = 'cluster.local'): Promise<TestPki> {
    const span = { trustDomain, now: Date.now(), ttlMs: hourMs };
    const root = await createRoot({ ...span, key: await generateKey() });
    return new TestPki(trustDomain, root, await createIssuer({ ...span, key: await generateKey(), root }));
  }

  /** A leaf for a SPIFFE id, optionally with DNS names and 127.0.0.1 for servers. */
  async issue(spiffeId: string, dnsNames: readonly string[] = []): Promise<TestCertificate> {
    const key = await generateKey();
    const leaf = await issueLeaf({
      issuer: this.#issuer,
      spki: key.spki,
      spiffeId,
      dnsNames,
      ipAddresses: [Uint8Array.of(127, 0, 0, 1)],
      now: Date.now(),
      ttlMs: hourMs,
    });
    return { chainPem: certificatesPem(leaf, this.#issuer.certificate), keyPem: privateKeyPem(key.privateKey) };
  }
}

const hourMs = 3_600_000;
