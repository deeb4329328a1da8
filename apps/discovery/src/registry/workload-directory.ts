import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { WorkloadChange, WorkloadListing } from '@malla/redis';
import type { Logger } from 'pino';
import { decodeRecord, encodeRecord, type WorkloadRecord } from './workload-record.ts';

/** The shared leases, as the directory needs them; `WorkloadLeases` of `@malla/redis`. */
export interface LeaseStore {
  register(id: string, json: string, leaseMs: number): Promise<boolean>;
  remove(id: string): Promise<boolean>;
  expire(limit: number): Promise<readonly string[]>;
  list(): Promise<WorkloadListing>;
  changes(after: string, blockMs: number): Promise<{ changes: readonly WorkloadChange[]; position: string }>;
}

/** Changes of the directory: ids with their record, or with nothing when they are gone. */
export type DirectoryChanges = ReadonlyMap<string, WorkloadRecord | undefined>;

export interface WorkloadDirectoryParams {
  readonly leases: LeaseStore;
  readonly logger: Logger;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Lease of a registration in milliseconds. */
  readonly leaseMs: number;
  readonly onChange: (changes: DirectoryChanges) => void;
  /** Told when Redis is lost (with the reason) and when it is back. */
  readonly onStore: (problem: string | undefined) => void;
}

/**
 * - loading: nothing known yet
 * - live: follows Redis, leases expire
 * - holding: Redis was lost or this process is new; what is known stays, and no lease expires until agents had the time to renew
 */
export type DirectoryState = 'loading' | 'live' | 'holding';

/** Added to one lease while holding after Redis was lost. Agents need time to reconnect and renew. */
const outageGraceMs = 30_000;
const expireBatch = 1000;
const blockMs = 500;

/** All workloads of the mesh with a lease, held in memory and followed from Redis. It outlives Redis. */
export class WorkloadDirectory {
  readonly #params: WorkloadDirectoryParams;
  readonly #records = new Map<string, { readonly json: string; readonly record: WorkloadRecord }>();
  /** Known here but not in Redis since it came back; they go when holding ends. */
  readonly #unconfirmed = new Set<string>();
  #state: DirectoryState = 'loading';
  #holdUntil = 0;
  #stopped = false;
  #loop: Promise<void> | undefined;
  #firstLoad = Promise.withResolvers<void>();

  constructor(params: WorkloadDirectoryParams) {
    this.#params = params;
  }

  get state(): DirectoryState {
    return this.#state;
  }

  /** Starts to follow Redis; resolves after the first complete listing. */
  start(): Promise<void> {
    this.#loop ??= this.#follow();
    return this.#firstLoad.promise;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  /** Takes a registration. It counts here at once, and in Redis as soon as that can be reached (the next renewal at the latest). */
  async register(id: string, record: WorkloadRecord): Promise<void> {
    const json = encodeRecord(record);
    this.#apply([{ id, json }]);
    await this.#tolerant(() => this.#params.leases.register(id, json, this.#params.leaseMs));
  }

  /** Ends a lease at once. */
  async deregister(id: string): Promise<void> {
    this.#apply([{ id }]);
    await this.#tolerant(() => this.#params.leases.remove(id));
  }

  get(id: string): WorkloadRecord | undefined {
    return this.#records.get(id)?.record;
  }

  async #tolerant(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#params.onStore(String(error));
    }
  }

  async #follow(): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      try {
        // The first connection of a process takes a moment; only what was known once can be lost.
        await this.#session(this.#state !== 'loading');
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#lost(error, failures);
        await this.#params.sleep(Math.min(100 * 2 ** failures, 2000));
      }
    }
  }

  /** One connection's life: a listing, then changes until the connection fails or the process stops. */
  async #session(afterOutage: boolean): Promise<void> {
    const listing = await this.#params.leases.list();
    this.#reconcile(listing.workloads, afterOutage);
    this.#params.onStore(undefined);
    this.#firstLoad.resolve();
    let { position } = listing;
    while (!this.#stopped) {
      const { changes, position: next } = await this.#params.leases.changes(position, blockMs);
      position = next;
      this.#apply(changes);
      if (this.#state === 'holding' && this.#params.now() >= this.#holdUntil) this.#release();
      if (this.#state === 'live') await this.#params.leases.expire(expireBatch);
    }
  }

  #lost(error: unknown, failures: number): void {
    if (this.#state === 'live') this.#state = 'holding';
    this.#holdUntil = Infinity;
    this.#params.onStore(String(error));
    const loading = this.#state === 'loading';
    // A first connection takes a moment.
    if (failures !== (loading ? 3 : 1)) return;
    const text = loading
      ? 'Waiting for the workload registry in Redis'
      : 'Lost the workload registry, keeping what is known';
    this.#params.logger.warn({ [logFields.reason]: MallaError.from(error).message }, text);
  }

  #reconcile(listed: ReadonlyMap<string, string>, afterOutage: boolean): void {
    const grace = this.#params.leaseMs + (afterOutage ? outageGraceMs : 0);
    this.#holdUntil = this.#params.now() + grace;
    this.#state = 'holding';
    this.#unconfirmed.clear();
    for (const id of this.#records.keys()) if (!listed.has(id)) this.#unconfirmed.add(id);
    this.#apply([...listed].map(([id, json]) => ({ id, json })));
  }

  #release(): void {
    this.#state = 'live';
    const gone = [...this.#unconfirmed].map((id) => ({ id }));
    this.#unconfirmed.clear();
    this.#apply(gone);
  }

  #apply(changes: readonly WorkloadChange[]): void {
    const effective = new Map<string, WorkloadRecord | undefined>();
    for (const { id, json } of changes) {
      this.#unconfirmed.delete(id);
      if (json === undefined) {
        if (this.#records.delete(id)) effective.set(id, undefined);
      } else if (this.#records.get(id)?.json !== json) {
        const record = this.#read(id, json);
        if (record === undefined) continue;
        this.#records.set(id, { json, record });
        effective.set(id, record);
      }
    }
    if (effective.size > 0) this.#params.onChange(effective);
  }

  #read(id: string, json: string): WorkloadRecord | undefined {
    try {
      return decodeRecord(json);
    } catch (error) {
      this.#params.logger.error({ [logFields.error]: error, id }, 'Unreadable workload in the registry');
      return undefined;
    }
  }
}
