import type { Resource } from '@malla/model';
import type { LabelSelector } from './label-selector.ts';
import type { ResourceKey } from './resource-key.ts';

/** An object as it was committed. `object.metadata.resourceVersion` is the revision as text. */
export interface StoredResource {
  readonly key: ResourceKey;
  /** The revision of its last change. */
  readonly revision: number;
  readonly object: Resource;
}

export type ChangeOperation = 'created' | 'replaced' | 'deleted';

/** One committed change. Revisions grow by one per change, in commit order, without gaps. */
export interface Change {
  readonly revision: number;
  readonly operation: ChangeOperation;
  readonly key: ResourceKey;
  /** The object after the change; for a deletion its last state, at the deletion's revision. */
  readonly object: Resource;
  /** The object before the change; undefined for a creation. */
  readonly previous: Resource | undefined;
  /** Who made it. */
  readonly author: string;
  /** Runs from the API call to the last proxy's acknowledgement. */
  readonly changeId: string;
  /** When it was committed, ISO 8601. */
  readonly time: string;
}

/** What to do with one object. `expectedRevision` makes it conditional: otherwise `conflict`. */
export type WriteOperation =
  /** `already_exists` if the key is taken. */
  | { readonly type: 'create'; readonly object: Resource }
  /** `not_found` if there is none. */
  | { readonly type: 'replace'; readonly object: Resource; readonly expectedRevision?: number }
  /** `not_found` if there is none. */
  | { readonly type: 'delete'; readonly key: ResourceKey; readonly expectedRevision?: number };

/** What must hold at the moment of the commit. */
export type WriteGuard =
  /** `not_found` unless the object is there, before the operations. */
  | { readonly type: 'exists'; readonly key: ResourceKey }
  /** `conflict` if the namespace would still hold objects after the operations. */
  | { readonly type: 'namespace_empty'; readonly namespace: string };

/** Operations that commit together or not at all. */
export interface WriteBatch {
  readonly operations: readonly WriteOperation[];
  /** Checked in the order given; the first that fails refuses the batch. */
  readonly guards?: readonly WriteGuard[];
  readonly author: string;
  readonly changeId: string;
}

export interface ListQuery {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly selector?: LabelSelector;
  /** Chooses further, by whatever the object holds. */
  readonly filter?: (resource: StoredResource) => boolean;
  /** At most this many; no limit by default. */
  readonly limit?: number;
  /** Only keys after this one. */
  readonly after?: ResourceKey;
  /** The state as of this revision; the newest by default. `expired` when it is compacted. */
  readonly atRevision?: number;
}

export interface ResourcePage {
  /** The revision that the page is of. */
  readonly revision: number;
  /** In the order of keys. */
  readonly resources: readonly StoredResource[];
  /** True if more follow the last one. */
  readonly more: boolean;
  /** How many follow; undefined where nobody counted. */
  readonly remaining?: number;
}

export interface HistoryQuery {
  /** Newest first; 100 by default. */
  readonly limit?: number;
  /** Only changes before this revision. */
  readonly before?: number;
}

export type WatchEvent =
  /** Part of the state that the watch began with. */
  | { readonly type: 'initial'; readonly resource: StoredResource }
  /** The initial state is complete as of this revision; changes follow. */
  | { readonly type: 'synced'; readonly revision: number }
  | { readonly type: 'change'; readonly change: Change };

export interface WatchOptions {
  /** Only changes after it; without it the whole state, `synced`, then changes. */
  readonly fromRevision?: number;
  /** Ends the watch without an error. */
  readonly signal?: AbortSignal;
}

/**
 * Where resources live. All failures are MallaErrors; `unavailable` when the storage is out of reach, in which case a
 * write may or may not have been committed unless the message says so.
 */
export interface ResourceStore {
  /** The last committed revision; 0 for an empty store. */
  revision(): Promise<number>;
  /** The newest committed state of one object. */
  get(key: ResourceKey): Promise<StoredResource | undefined>;
  list(query: ListQuery): Promise<ResourcePage>;
  /** Commits a batch durably; its changes in the order of its operations. */
  write(batch: WriteBatch): Promise<readonly Change[]>;
  /** Every change in commit order, none missed, none twice. Throws `expired` when `fromRevision` is compacted. */
  watch(options?: WatchOptions): AsyncIterable<WatchEvent>;
  /** What happened to one object, also after its deletion, as far as it is kept. */
  history(key: ResourceKey, query?: HistoryQuery): Promise<readonly Change[]>;
  /** One object as of a revision; undefined if there was none. `expired` when that revision is compacted. */
  getAt(key: ResourceKey, revision: number): Promise<StoredResource | undefined>;
  /**
   * Forgets changes before a revision, but for the newest of each object that still exists. Watches and lists from
   * before it get `expired`.
   */
  compact(beforeRevision: number): Promise<void>;
}
