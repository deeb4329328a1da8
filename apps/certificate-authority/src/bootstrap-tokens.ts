import { controlPlaneId, controlPlaneServices } from '@malla/spiffe';
import type { JoinTokens } from './join-tokens.ts';
import type { KeyStore } from './key-store.ts';

export interface BootstrapTokensParams {
  readonly tokens: JoinTokens;
  readonly store: KeyStore;
  readonly trustDomain: string;
  /** Their life in milliseconds; they are replaced at half of it. */
  readonly ttlMs: number;
  readonly now: () => number;
}

/** The first tokens of Malla's own services, in files that only this user can read. Fresh ones are there as long as the authority runs. */
export class BootstrapTokens {
  readonly #params: BootstrapTokensParams;
  #writtenAt = -Infinity;

  constructor(params: BootstrapTokensParams) {
    this.#params = params;
  }

  async writeWhenDue(): Promise<void> {
    const { tokens, store, trustDomain, ttlMs, now } = this.#params;
    if (now() - this.#writtenAt < ttlMs / 2) return;
    for (const service of controlPlaneServices) {
      // The authority certifies itself.
      if (service === 'certificate-authority') continue;
      const { token } = await tokens.create(controlPlaneId(service, trustDomain), ttlMs);
      store.saveBootstrapToken(service, token);
    }
    this.#writtenAt = now();
  }
}
