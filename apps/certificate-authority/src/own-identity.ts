import { SettableIdentity } from '@malla/grpc';
import { certificatesPem, generateKey, privateKeyPem, rotationTime, trustBundlePem, type Lifetime } from '@malla/pki';
import { controlPlaneId } from '@malla/spiffe';
import type { Authority } from './authority.ts';

/** The authority's own certificate: made anew at each start, signed by itself, replaced at half of its life or with its issuer. */
export class OwnIdentity {
  readonly source = new SettableIdentity();
  readonly #authority: Authority;
  readonly #ttlMs: number;
  readonly #now: () => number;
  #life: Lifetime | undefined;
  #issuerSerial: string | undefined;

  constructor(authority: Authority, ttlMs: number, now: () => number) {
    this.#authority = authority;
    this.#ttlMs = ttlMs;
    this.#now = now;
    authority.onBundle(() => void this.renew());
  }

  async renewWhenDue(): Promise<void> {
    const due = this.#life === undefined || this.#now() >= rotationTime(this.#life, { jitter: 0 });
    if (due || this.#issuerSerial !== this.#authority.issuer.serial) await this.renew();
  }

  async renew(): Promise<void> {
    const spiffeId = controlPlaneId('certificate-authority', this.#authority.trustDomain);
    const key = await generateKey();
    const { leaf, chain } = await this.#authority.issue({ spiffeId, spki: key.spki, ttlMs: this.#ttlMs });
    this.#life = leaf;
    this.#issuerSerial = this.#authority.issuer.serial;
    this.source.set({
      spiffeId,
      certificateChain: certificatesPem(...chain.slice(0, -1)),
      privateKey: privateKeyPem(key.privateKey),
      roots: trustBundlePem(this.#authority.bundle),
      notAfter: leaf.notAfter,
    });
  }
}
