import { typeUrls, type EncodedResource } from '@malla/protos';
import type { ResourcesByName } from './resource-set.ts';

/** The subscription part of a delta request. */
export interface SubscriptionChange {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** What the client has from an earlier stream; only on a type's first request. */
  readonly initialVersions: Readonly<Record<string, string>>;
}

/** What a change means for the server. */
export interface SubscriptionEffect {
  /** Names that the client now asks for, also again. */
  readonly added: ReadonlySet<string>;
  /** Names that it no longer wants, or of which it can't know whether the wildcard still brings them. */
  readonly removed: ReadonlySet<string>;
  /** The wildcard was just switched on. */
  readonly everything: boolean;
  /** The wildcard was just switched off: only these names are left. */
  readonly named: ReadonlySet<string> | undefined;
  /** Versions that the client has of what it subscribes to. */
  readonly claimed: ReadonlyMap<string, string>;
}

/** Types whose first request without names means all. */
const implicitWildcardTypes: ReadonlySet<string> = new Set([typeUrls.cluster, typeUrls.listener]);

/**
 * Names and wildcard that a delta client subscribes to for one type.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
 */
export class DeltaSubscription {
  readonly #typeUrl: string;
  readonly #names = new Set<string>();
  #wildcard = false;
  #started = false;

  constructor(typeUrl: string) {
    this.#typeUrl = typeUrl;
  }

  /** There was a first request. */
  get started(): boolean {
    return this.#started;
  }

  get wildcard(): boolean {
    return this.#wildcard;
  }

  /** Explicit names. */
  get size(): number {
    return this.#names.size;
  }

  /** The client subscribes to this name, or to all. */
  wants(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  /** The part of a set that the client subscribes to. */
  *select(target: ResourcesByName): Iterable<EncodedResource> {
    if (this.#wildcard) {
      yield* target.values();
      return;
    }
    for (const name of this.#names) {
      const resource = target.get(name);
      if (resource) yield resource;
    }
  }

  apply(change: SubscriptionChange): SubscriptionEffect {
    const first = !this.#started;
    this.#started = true;
    const hadWildcard = this.#wildcard;
    const dropped = this.#unsubscribe(change.unsubscribe);
    const added = new Set(change.subscribe.filter((name) => name !== '*'));
    const implicit = first && change.subscribe.length === 0 && implicitWildcardTypes.has(this.#typeUrl);
    if (implicit || change.subscribe.includes('*')) this.#wildcard = true;
    for (const name of added) this.#names.add(name);
    // Without the wildcard a dropped name is gone at the client; with it, the name is told again.
    for (const name of dropped) if (this.#wildcard) added.add(name);
    const claimed = first ? this.#claims(change.initialVersions) : new Map<string, string>();
    const named = hadWildcard && !this.#wildcard ? this.#names : undefined;
    return { added, removed: dropped, everything: this.#wildcard && !hadWildcard, named, claimed };
  }

  #unsubscribe(names: readonly string[]): ReadonlySet<string> {
    const dropped = new Set<string>();
    for (const name of names) {
      if (name === '*') this.#wildcard = false;
      else if (this.#names.delete(name)) dropped.add(name);
    }
    return dropped;
  }

  #claims(versions: Readonly<Record<string, string>>): Map<string, string> {
    return new Map(Object.entries(versions).filter(([name]) => this.wants(name)));
  }
}
