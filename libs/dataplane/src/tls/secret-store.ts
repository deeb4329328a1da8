import type { SecretConfig, SecretReference } from '@malla/proxy-config';

/** The secrets of a worker by name. They are looked up when a connection begins, so that a renewed one counts from then on. */
export class SecretStore {
  readonly #secrets = new Map<string, SecretConfig>();
  /** Another number after every change. */
  version = 0;

  update(secrets: readonly SecretConfig[], removed: readonly string[] = []): void {
    for (const secret of secrets) this.#secrets.set(secret.name, secret);
    for (const name of removed) this.#secrets.delete(name);
    if (secrets.length > 0 || removed.length > 0) this.version++;
  }

  /** Certificate chain and key; undefined while they are missing. */
  certificate(reference: SecretReference): Extract<SecretConfig, { kind: 'certificate' }> | undefined {
    const secret = this.#get(reference);
    return secret?.kind === 'certificate' ? secret : undefined;
  }

  /** Roots in PEM; undefined while they are missing. */
  trustedCa(reference: SecretReference): string | undefined {
    const secret = this.#get(reference);
    return secret?.kind === 'validation' ? secret.trustedCaPem : undefined;
  }

  #get(reference: SecretReference): SecretConfig | undefined {
    return reference.kind === 'inline' ? reference.secret : this.#secrets.get(reference.name);
  }
}
