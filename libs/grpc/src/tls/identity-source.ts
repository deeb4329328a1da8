/** What a party needs to speak mutual TLS. All PEM. */
export interface IdentityMaterial {
  /** Who the certificate names. */
  readonly spiffeId: string;
  /** Leaf first, then intermediates; no root. */
  readonly certificateChain: string;
  /** PKCS #8. */
  readonly privateKey: string;
  /** The roots that peers are checked against. */
  readonly roots: string;
  /** End of the leaf's life, milliseconds since the epoch. */
  readonly notAfter: number;
}

/** An identity that changes over time. Servers and channels made from it follow it without a restart. */
export interface IdentitySource {
  /** Undefined until there is one. */
  readonly current: IdentityMaterial | undefined;
  /** Calls back after each change. Returns the way to stop that. */
  onChange(listener: (material: IdentityMaterial) => void): () => void;
}

/** An identity source that its owner sets. */
export class SettableIdentity implements IdentitySource {
  readonly #listeners = new Set<(material: IdentityMaterial) => void>();
  #current: IdentityMaterial | undefined;

  constructor(initial?: IdentityMaterial) {
    this.#current = initial;
  }

  get current(): IdentityMaterial | undefined {
    return this.#current;
  }

  set(material: IdentityMaterial): void {
    this.#current = material;
    for (const listener of this.#listeners) listener(material);
  }

  onChange(listener: (material: IdentityMaterial) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
