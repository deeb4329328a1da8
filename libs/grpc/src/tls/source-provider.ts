import type { experimental } from '@grpc/grpc-js';
import type { IdentityMaterial, IdentitySource } from './identity-source.ts';

type Provider = experimental.CertificateProvider;
type CaListener = Parameters<Provider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<Provider['addIdentityCertificateListener']>[0];

/**
 * Feeds an identity source to grpc-js' reloading credentials.
 * grpc-js adds its own listener only after it has asked for ours (1.14.7), so the first call must come later: a synchronous one is lost.
 */
export class SourceProvider implements Provider {
  readonly #source: IdentitySource;
  readonly #stops = new Map<CaListener | IdentityListener, () => void>();

  constructor(source: IdentitySource) {
    this.#source = source;
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#follow(listener, (material) => listener({ caCertificate: Buffer.from(material.roots) }));
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#follow(listener, (material) =>
      listener({ certificate: Buffer.from(material.certificateChain), privateKey: Buffer.from(material.privateKey) }),
    );
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.#forget(listener);
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#forget(listener);
  }

  #follow(key: CaListener | IdentityListener, tell: (material: IdentityMaterial) => void): void {
    this.#forget(key);
    this.#stops.set(key, this.#source.onChange(tell));
    queueMicrotask(() => {
      if (this.#stops.has(key) && this.#source.current !== undefined) tell(this.#source.current);
    });
  }

  #forget(key: CaListener | IdentityListener): void {
    this.#stops.get(key)?.();
    this.#stops.delete(key);
  }
}
