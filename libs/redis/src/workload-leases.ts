import type { Redis } from 'ioredis';
import { expireWorkloadsScript } from './commands/expire-workloads.ts';
import { registerWorkloadScript } from './commands/register-workload.ts';
import { removeWorkloadScript } from './commands/remove-workload.ts';
import type { RedisKeys } from './keys.ts';

/** A change in the registry: the workload's JSON, or its end. */
export interface WorkloadChange {
  readonly id: string;
  /** Absent: the lease ended. */
  readonly json?: string;
}

/** Everything the registry knows, and where the stream of changes goes on from there. */
export interface WorkloadListing {
  readonly workloads: ReadonlyMap<string, string>;
  /** Stream position to read on from. */
  readonly position: string;
}

/** Leases of workloads in Redis, shared by all replicas of discovery. Every method rejects while Redis is out of reach. */
export class WorkloadLeases {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;

  constructor(redis: Redis, keys: RedisKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Creates or renews a lease; resolves to whether anything but the lease changed. */
  async register(id: string, json: string, leaseMs: number): Promise<boolean> {
    return (await this.#run(registerWorkloadScript, id, json, String(leaseMs))) === 1;
  }

  /** Ends a lease; resolves to whether there was one. */
  async remove(id: string): Promise<boolean> {
    return (await this.#run(removeWorkloadScript, id)) === 1;
  }

  /** Ends leases that ran out, at most `limit` of them; resolves to their ids. */
  async expire(limit: number): Promise<readonly string[]> {
    return (await this.#run(expireWorkloadsScript, String(limit))) as string[];
  }

  /** All workloads with a lease, and the position in the stream of changes that they stand for. */
  async list(): Promise<WorkloadListing> {
    // The position is read first: a change in between is then seen twice, which is harmless, and never missed.
    const last = await this.#redis.xrevrange(this.#keys.workloadEvents, '+', '-', 'COUNT', 1);
    const workloads = await this.#redis.hgetall(this.#keys.workloads);
    return { workloads: new Map(Object.entries(workloads)), position: last[0]?.[0] ?? '0-0' };
  }

  /**
   * Changes after a position; waits up to `blockMs` for the first. Call on a connection of its own: it blocks.
   * An empty answer keeps the position.
   */
  async changes(after: string, blockMs: number): Promise<{ changes: readonly WorkloadChange[]; position: string }> {
    const answer = await this.#redis.xread(
      'COUNT',
      1000,
      'BLOCK',
      blockMs,
      'STREAMS',
      this.#keys.workloadEvents,
      after,
    );
    const entries = answer?.[0]?.[1] ?? [];
    const changes = entries.map(([, fields]) => toChange(fields));
    return { changes, position: entries.at(-1)?.[0] ?? after };
  }

  #run(script: string, ...args: string[]): Promise<unknown> {
    const { workloadLeases, workloads, workloadEvents } = this.#keys;
    return this.#redis.eval(script, 3, workloadLeases, workloads, workloadEvents, ...args);
  }
}

function toChange(fields: readonly string[]): WorkloadChange {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) values.set(fields[i] as string, fields[i + 1] as string);
  const json = values.get('workload');
  const id = values.get('id') ?? '';
  return json === undefined ? { id } : { id, json };
}
