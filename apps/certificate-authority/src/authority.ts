import { logFields } from '@malla/observability';
import {
  createIssuer,
  createRoot,
  generateKey,
  issueLeaf,
  rotationTime,
  type Authority as SigningKey,
  type Certificate,
  type HostNames,
  type TrustBundle,
} from '@malla/pki';
import type { Logger } from 'pino';
import type { AuthorityKeys, KeyStore } from './key-store.ts';
import { serverNames } from './server-names.ts';

export interface AuthorityParams {
  readonly store: KeyStore;
  readonly trustDomain: string;
  readonly logger: Logger;
  /** Lives in milliseconds. */
  readonly ttl: { readonly root: number; readonly issuer: number };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface IssueParams {
  /** Of the authenticated caller. */
  readonly spiffeId: string;
  /** The key to certify, already checked. */
  readonly spki: Uint8Array;
  readonly ttlMs: number;
  /** Names of hosts that the request asks for; only the control plane gets any. */
  readonly hosts?: HostNames;
}

/** A certificate with what a peer needs besides it. */
export interface IssuedChain {
  readonly leaf: Certificate;
  /** Leaf first, root last, as Istio's CreateCertificate answers. */
  readonly chain: readonly Certificate[];
}

/** The root, the issuer below it, and the bundle that peers trust. The root's key signs issuers only. */
export class Authority {
  readonly #params: AuthorityParams;
  readonly #listeners = new Set<(bundle: TrustBundle) => void>();
  #keys: AuthorityKeys;

  private constructor(params: AuthorityParams, keys: AuthorityKeys) {
    this.#params = params;
    this.#keys = keys;
  }

  /**
   * Opens the authority from its store, or makes root and issuer at the first start.
   * @throws MallaError `invalid` if the store is damaged or of another trust domain
   */
  static async open(params: AuthorityParams): Promise<Authority> {
    const { store, trustDomain, logger } = params;
    const kept = store.load(trustDomain);
    if (kept !== undefined) store.publishRoots(kept.bundle);
    const keys = kept ?? (await firstKeys(params));
    const facts = { [logFields.path]: store.path, [logFields.serial]: keys.root.certificate.serial };
    logger.info(facts, kept === undefined ? 'Root and issuer made' : 'Root and issuer loaded');
    return new Authority(params, keys);
  }

  get trustDomain(): string {
    return this.#params.trustDomain;
  }

  get bundle(): TrustBundle {
    return this.#keys.bundle;
  }

  get root(): Certificate {
    return this.#keys.root.certificate;
  }

  get issuer(): Certificate {
    return this.#keys.issuer.certificate;
  }

  /** Signs join tokens. */
  get tokenKey(): AuthorityKeys['tokenKey'] {
    return this.#keys.tokenKey;
  }

  /** Calls back after each change of the bundle. Returns the way to stop that. */
  onBundle(listener: (bundle: TrustBundle) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Certifies a key for an authenticated identity. */
  async issue(params: IssueParams): Promise<IssuedChain> {
    const { issuer, root } = this.#keys;
    const { spiffeId, spki, ttlMs, hosts } = params;
    const names = serverNames(spiffeId, this.#params.trustDomain, hosts);
    const leaf = await issueLeaf({ issuer, spki, spiffeId, ttlMs, now: this.#params.now(), ...names });
    return { leaf, chain: [leaf, issuer.certificate, root.certificate] };
  }

  /** Replaces the issuer once half of its life is over. Certificates of the old one stay good: both lead to the same root. */
  async rotateIssuerWhenDue(): Promise<void> {
    const { now, store, logger } = this.#params;
    if (now() < rotationTime(this.issuer, { jitter: 0 })) return;
    const issuer = await makeIssuer(this.#params, this.#keys.root);
    // Kept before it signs anything, so that no certificate refers to an issuer that a crash forgot.
    store.saveIssuer(issuer);
    this.#keys = { ...this.#keys, issuer };
    const expiresAt = new Date(issuer.certificate.notAfter).toISOString();
    logger.info({ [logFields.serial]: issuer.certificate.serial, [logFields.expiresAt]: expiresAt }, 'Issuer replaced');
  }
}

async function firstKeys(params: AuthorityParams): Promise<AuthorityKeys> {
  const { trustDomain, now, store, ttl } = params;
  const root = await createRoot({ key: await generateKey(), trustDomain, now: now(), ttlMs: ttl.root });
  const issuer = await makeIssuer(params, root);
  const bundle: TrustBundle = { trustDomain, roots: [root.certificate], sequence: 1n };
  const keys = { root, issuer, tokenKey: await generateKey(), bundle };
  store.saveAll(keys);
  return keys;
}

async function makeIssuer({ trustDomain, now, ttl }: AuthorityParams, root: SigningKey): Promise<SigningKey> {
  return createIssuer({ key: await generateKey(), trustDomain, now: now(), ttlMs: ttl.issuer, root });
}
