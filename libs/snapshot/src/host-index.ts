import { hostMatches, isWildcard } from './hosts.ts';
import { PersistentMap, type MapDraft } from './persistent-map.ts';

/** What one pattern host has. */
export interface WildcardBucket<B> {
  readonly pattern: string;
  readonly bucket: B;
}

/**
 * Something indexed by host inside a partition (a namespace, or empty for the whole mesh). Exact hosts and patterns are kept apart:
 * a lookup by exact host is one map access, patterns are few and sorted by how specific they are.
 */
export interface HostIndex<B> {
  /** `<partition>|<host>` to the bucket. */
  readonly exact: PersistentMap<B>;
  /** Partition to its patterns, most specific first. */
  readonly wildcards: PersistentMap<readonly WildcardBucket<B>[]>;
}

/** An index with nothing in it. */
export function emptyHostIndex<B>(): HostIndex<B> {
  return { exact: PersistentMap.empty(), wildcards: PersistentMap.empty() };
}

/** Key of an exact host in {@link HostIndex.exact}. */
export function hostKey(partition: string, host: string): string {
  return `${partition}|${host}`;
}

/** The host of a key of {@link HostIndex.exact}. */
export function hostOfKey(key: string): string {
  return key.slice(key.indexOf('|') + 1);
}

/** All buckets that cover a host, the most specific first: the exact host, then patterns. */
export function* bucketsFor<B>(index: HostIndex<B>, partition: string, host: string): Iterable<B> {
  const exact = index.exact.get(hostKey(partition, host));
  if (exact !== undefined) yield exact;
  for (const { pattern, bucket } of index.wildcards.get(partition) ?? []) if (hostMatches(pattern, host)) yield bucket;
}

/** Changes of a {@link HostIndex}. */
export class HostIndexDraft<B> {
  readonly #base: HostIndex<B>;
  readonly #exact: MapDraft<B>;
  readonly #wildcards: MapDraft<readonly WildcardBucket<B>[]>;

  constructor(base: HostIndex<B>) {
    this.#base = base;
    this.#exact = base.exact.edit();
    this.#wildcards = base.wildcards.edit();
  }

  /** Replaces the bucket of a host by what `change` makes of it; undefined removes it. */
  update(partition: string, host: string, change: (bucket: B | undefined) => B | undefined): void {
    if (isWildcard(host)) this.#updateWildcard(partition, host, change);
    else this.#exact.set(hostKey(partition, host), change(this.#exact.get(hostKey(partition, host))));
  }

  finish(): HostIndex<B> {
    const exact = this.#exact.finish();
    const wildcards = this.#wildcards.finish();
    return exact === this.#base.exact && wildcards === this.#base.wildcards ? this.#base : { exact, wildcards };
  }

  #updateWildcard(partition: string, pattern: string, change: (bucket: B | undefined) => B | undefined): void {
    const was = this.#wildcards.get(partition) ?? [];
    const bucket = change(was.find((entry) => entry.pattern === pattern)?.bucket);
    const kept = was.filter((entry) => entry.pattern !== pattern);
    const is = bucket === undefined ? kept : [...kept, { pattern, bucket }].sort(compareSpecificity);
    this.#wildcards.set(partition, is.length === 0 ? undefined : is);
  }
}

function compareSpecificity(a: { readonly pattern: string }, b: { readonly pattern: string }): number {
  return b.pattern.length - a.pattern.length || (a.pattern < b.pattern ? -1 : 1);
}
