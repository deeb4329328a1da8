import { create } from '@bufbuild/protobuf';
import { WorkloadSchema } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import type { WorkloadChange, WorkloadListing } from '@malla/redis';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WorkloadDirectory, type DirectoryChanges, type LeaseStore } from './workload-directory.ts';
import { encodeRecord, type WorkloadRecord } from './workload-record.ts';

const logger = pino({ level: 'silent' });

function record(name: string, healthy = true): WorkloadRecord {
  return {
    workload: create(WorkloadSchema, { name, namespace: 'shop', addresses: ['::1'], labels: { app: name } }),
    healthy,
  };
}

/** Leases as Redis keeps them, which can be lost and come back empty. */
class FakeLeases implements LeaseStore {
  readonly workloads = new Map<string, string>();
  #log: WorkloadChange[] = [];
  expired: string[] = [];
  down = false;

  async register(id: string, json: string): Promise<boolean> {
    this.#check();
    const changed = this.workloads.get(id) !== json;
    this.workloads.set(id, json);
    if (changed) this.#log.push({ id, json });
    return changed;
  }

  async remove(id: string): Promise<boolean> {
    this.#check();
    this.#log.push({ id });
    return this.workloads.delete(id);
  }

  async expire(): Promise<readonly string[]> {
    this.#check();
    const ids = this.expired.splice(0);
    for (const id of ids) await this.remove(id);
    return ids;
  }

  async list(): Promise<WorkloadListing> {
    this.#check();
    return { workloads: new Map(this.workloads), position: String(this.#log.length) };
  }

  async changes(after: string) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#check();
    return { changes: this.#log.slice(Number(after)), position: String(this.#log.length) };
  }

  #check(): void {
    if (this.down) throw new Error('connection lost');
  }
}

describe('WorkloadDirectory', () => {
  let directory: WorkloadDirectory | undefined;
  let now = 0;

  function start(leases: FakeLeases) {
    const changes: DirectoryChanges[] = [];
    const problems: (string | undefined)[] = [];
    now = 0;
    directory = new WorkloadDirectory({
      leases,
      logger,
      now: () => now,
      sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
      leaseMs: 10_000,
      onChange: (change) => changes.push(change),
      onStore: (problem) => problems.push(problem),
    });
    return { directory, changes, problems };
  }

  afterEach(() => directory?.stop());

  it('knows what is registered here, and what another replica registered', async () => {
    const leases = new FakeLeases();
    await leases.register('shop/cart', encodeRecord(record('cart')));
    const { directory } = start(leases);
    await directory.start();
    expect(directory.get('shop/cart')?.workload.name).toBe('cart');
    await directory.register('shop/pay', record('pay'));
    expect(directory.get('shop/pay')?.healthy).toBe(true);
    await leases.register('shop/ship', encodeRecord(record('ship', false)));
    await vi.waitFor(() => expect(directory.get('shop/ship')?.healthy).toBe(false));
  });

  it('tells nobody about a mere renewal', async () => {
    const { directory, changes } = start(new FakeLeases());
    await directory.start();
    await directory.register('shop/cart', record('cart'));
    await directory.register('shop/cart', record('cart'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(changes).toHaveLength(1);
  });

  it('lets leases expire only after the time to renew them has gone', async () => {
    const leases = new FakeLeases();
    await leases.register('shop/cart', encodeRecord(record('cart')));
    leases.expired = ['shop/cart'];
    const { directory } = start(leases);
    await directory.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(directory.state).toBe('holding');
    expect(directory.get('shop/cart')).toBeDefined();
    now = 10_001;
    await vi.waitFor(() => expect(directory.get('shop/cart')).toBeUndefined());
    expect(directory.state).toBe('live');
  });

  it('takes a first connection that fails for no outage', async () => {
    const leases = new FakeLeases();
    leases.down = true;
    const { directory, problems } = start(leases);
    const started = directory.start();
    await vi.waitFor(() => expect(problems.length).toBeGreaterThan(1));
    leases.down = false;
    await started;
    now = 10_001;
    await vi.waitFor(() => expect(directory.state).toBe('live'));
  });

  it('keeps what it knows while Redis is away, and for a lease and 30 s after it came back empty', async () => {
    const leases = new FakeLeases();
    const { directory, problems } = start(leases);
    await directory.start();
    await directory.register('shop/cart', record('cart'));
    await directory.register('shop/pay', record('pay'));
    leases.down = true;
    await vi.waitFor(() => expect(problems.at(-1)).toContain('connection lost'));
    await directory.register('shop/new', record('new'));
    expect(directory.get('shop/new')).toBeDefined();

    leases.workloads.clear();
    leases.down = false;
    await vi.waitFor(() => expect(problems.at(-1)).toBeUndefined());
    await directory.register('shop/cart', record('cart'));
    now = 39_000;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(directory.get('shop/pay')).toBeDefined();
    now = 40_001;
    await vi.waitFor(() => expect(directory.get('shop/pay')).toBeUndefined());
    expect(directory.get('shop/cart')).toBeDefined();
  });

  it('passes over a record it cannot read', async () => {
    const leases = new FakeLeases();
    leases.workloads.set('shop/odd', '{"workload": 7}');
    leases.workloads.set('shop/cart', encodeRecord(record('cart')));
    const { directory } = start(leases);
    await directory.start();
    expect(directory.get('shop/odd')).toBeUndefined();
    expect(directory.get('shop/cart')).toBeDefined();
  });
});
