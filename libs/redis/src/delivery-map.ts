import type { Redis } from 'ioredis';
import type { RedisKeys } from './keys.ts';

/** What a proxy was sent and what it said to it, by xDS type URL. Times are ISO 8601. */
export interface DeliveryState {
  readonly id: string;
  readonly namespace: string;
  /** Such as `sidecar`. */
  readonly type: string;
  readonly cluster: string;
  /** Malla version of the agent. */
  readonly version: string;
  readonly dataPlane: string;
  readonly connectedSince: string;
  /** Replica of discovery that the proxy is connected to. */
  readonly discovery: string;
  /** Config revision that the last push stands for. */
  readonly revision: string;
  /** Envoy's admin address on the proxy's own host. */
  readonly admin?: string;
  readonly types: Readonly<Record<string, TypeDelivery>>;
}

export interface TypeDelivery {
  readonly sent?: { readonly version: string; readonly nonce: string; readonly time: string };
  readonly acked?: { readonly version: string; readonly time: string };
  readonly nacked?: { readonly message: string; readonly time: string };
}

/** Milliseconds after which a state that nobody refreshed no longer counts: its replica of discovery is gone. */
export const deliveryStaleAfterMs = 60_000;

/** Delivery truth for all replicas: discovery writes, config-api reads. Every method rejects while Redis is out of reach. */
export class DeliveryMap {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #now: () => number;

  constructor(redis: Redis, keys: RedisKeys, now: () => number = Date.now) {
    this.#redis = redis;
    this.#keys = keys;
    this.#now = now;
  }

  /** Writes the present state of some proxies in one round trip. */
  async put(states: readonly DeliveryState[]): Promise<void> {
    if (states.length === 0) return;
    const until = this.#now() + deliveryStaleAfterMs;
    const pipeline = this.#redis.multi();
    for (const state of states) {
      pipeline.hset(this.#keys.deliveries, state.id, JSON.stringify(state));
      pipeline.zadd(this.#keys.deliverySeen, until, state.id);
    }
    await pipeline.exec();
  }

  /** Forgets proxies that disconnected. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#redis
      .multi()
      .hdel(this.#keys.deliveries, ...ids)
      .zrem(this.#keys.deliverySeen, ...ids)
      .exec();
  }

  /** Forgets states that nobody refreshed. */
  async sweep(): Promise<void> {
    await this.remove(await this.#redis.zrangebyscore(this.#keys.deliverySeen, '-inf', this.#now()));
  }

  /** All fresh states, sorted by proxy id. */
  async list(): Promise<readonly DeliveryState[]> {
    const fresh = await this.#redis.zrangebyscore(this.#keys.deliverySeen, this.#now(), '+inf');
    if (fresh.length === 0) return [];
    const values = await this.#redis.hmget(this.#keys.deliveries, ...fresh.sort());
    return values.filter((v) => v !== null).map((v) => JSON.parse(v) as DeliveryState);
  }
}
