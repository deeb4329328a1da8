import { limitCells } from '@malla/balancing';
import type { WorkerUpdate } from '../runtime/update.ts';
import { localRateLimits, type PlacedRateLimit } from '../worker/local-rate-limits.ts';
import type { LimitPlace, SharedPlaces } from '../worker/protocol.ts';
import { SharedBucket, type BucketPlace } from '../worker/shared-bucket.ts';

/** Clusters to a piece of memory. */
const pieceClusters = 256;

/** Memory in which workers count together what they may have together: limits of clusters, and tokens of local rate limits. One worker needs none. */
export class SharedCounts {
  readonly #workers: number;
  readonly #free: LimitPlace[] = [];
  readonly #limits = new Map<string, LimitPlace>();
  /** By resource, then by what tells a limit from the others of the resource. */
  readonly #buckets = new Map<string, Map<string, BucketPlace>>();

  constructor(workers: number) {
    this.#workers = workers;
  }

  /** Places for what an update brings; undefined when nothing has to be shared. A cluster and a rate limit that are there keep theirs. */
  placesFor(update: WorkerUpdate): SharedPlaces | undefined {
    if (this.#workers === 1) return undefined;
    const limits = update.clusters.map(({ name }) => [name, this.#limitPlace(name)] as const);
    const ordinals = new Map<string, number>();
    const buckets = localRateLimits(update).map((limit) => {
      const ordinal = ordinals.get(limit.resource) ?? 0;
      ordinals.set(limit.resource, ordinal + 1);
      return this.#bucketPlace(limit, ordinal);
    });
    return { workers: this.#workers, limits: new Map(limits), buckets };
  }

  /** Every worker has applied the update: nobody counts for what it has removed. Buckets may still be in use by connections that drain. */
  applied({ removed }: WorkerUpdate): void {
    for (const name of removed.clusters) {
      const place = this.#limits.get(name);
      if (place !== undefined) this.#free.push(place);
      this.#limits.delete(name);
    }
    for (const name of removed.listeners) this.#buckets.delete(`listener ${name}`);
    for (const name of removed.routes) this.#buckets.delete(`routes ${name}`);
  }

  /** A worker is gone, and with it all that it had. */
  workerGone(index: number): void {
    for (const { memory, at } of this.#limits.values()) {
      const start = at + index * limitCells;
      new Int32Array(memory).fill(0, start, start + limitCells);
    }
  }

  #limitPlace(name: string): LimitPlace {
    const known = this.#limits.get(name);
    if (known !== undefined) return known;
    if (this.#free.length === 0) this.#makePlaces();
    const place = this.#free.pop() as LimitPlace;
    this.#limits.set(name, place);
    return place;
  }

  #makePlaces(): void {
    const cells = limitCells * this.#workers;
    const memory = new SharedArrayBuffer(pieceClusters * cells * Int32Array.BYTES_PER_ELEMENT);
    for (let item = pieceClusters - 1; item >= 0; item--) this.#free.push({ memory, at: item * cells });
  }

  /** A limit that says the same in the same place goes on with its tokens, also when something else of its resource has changed. */
  #bucketPlace({ resource, bucket }: PlacedRateLimit, ordinal: number): BucketPlace {
    const ofResource = this.#buckets.get(resource) ?? new Map<string, BucketPlace>();
    this.#buckets.set(resource, ofResource);
    const key = `${ordinal} ${JSON.stringify(bucket)}`;
    const place = ofResource.get(key) ?? SharedBucket.place(bucket);
    ofResource.set(key, place);
    return place;
  }
}
