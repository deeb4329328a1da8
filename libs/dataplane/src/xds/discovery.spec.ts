import { describe, expect, it } from 'vitest';
import type { UpdateResult, WorkerUpdate } from '../runtime/update.ts';
import { mergeStats, StatsSource } from '../stats/merged-stats.ts';
import { StatsStore } from '../stats/stats-store.ts';
import { TimerWheel } from '../worker/timer-wheel.ts';
import { typeUrls, type EncodedResource } from '@malla/protos';
import type { Kind } from './accepted.ts';
import type { AdsClient } from './ads-client.ts';
import { Configuration } from './configuration.ts';
import { Discovery } from './discovery.ts';
import { DiscoveryStats } from './discovery-stats.ts';
import { refusalText } from './discovery-stream.ts';
import { byName, fakeReader, fakeResource, names } from './testing/fake-resources.ts';

/** A stream that remembers what was asked for. */
class FakeStream {
  readonly asked = new Map<string, readonly string[]>();
  readonly resources = new Map<string, ReturnType<typeof byName>>();
  readonly client = {
    subscribe: (typeUrl: string, wanted: readonly string[]) => {
      this.asked.set(typeUrl, wanted);
      return [];
    },
    resources: (typeUrl: string) => this.resources.get(typeUrl) ?? byName(),
  } as unknown as AdsClient;

  send(): void {
    // Requests of the fake client are empty.
  }
}

class Bench {
  readonly updates: WorkerUpdate[] = [];
  readonly unbindable = new Set<string>();
  readonly ads = new FakeStream();
  readonly agent = new FakeStream();
  readonly stats = new StatsStore();
  readonly #told = new StatsSource();
  live = false;
  /** What workers take until they have applied an update. */
  applying: Promise<void> = Promise.resolve();
  readonly discovery = new Discovery({
    configuration: new Configuration({ reader: fakeReader, clusters: [], listeners: [], now: () => 0 }),
    stats: new DiscoveryStats(this.stats.root),
    timers: new TimerWheel(),
    surroundings: {
      apply: (update) => this.applying.then(() => this.#apply(update)),
      probe: ({ name }) => Promise.resolve(this.unbindable.has(name) ? `cannot bind ${name}` : undefined),
      secretsFrom: () => this.agent,
      onLive: () => {
        this.live = true;
      },
      log: () => undefined,
    },
  });

  async start(): Promise<this> {
    await this.discovery.begin(this.ads);
    return this;
  }

  told(kind: Kind, ...resources: EncodedResource[]) {
    this.ads.resources.set(typeUrls[kind], byName(...resources));
    return this.discovery.apply(kind, this.ads.client, []);
  }

  /** How many listeners the statistics tell of, warming and at work. */
  get listeners(): { readonly warming: number; readonly active: number } {
    this.#told.take(this.stats.snapshot());
    const all = mergeStats([this.#told]);
    const gauge = (name: string) =>
      all.find(({ definition }) => definition.name === `listener_manager.total_listeners_${name}`)?.value ?? NaN;
    return { warming: gauge('warming'), active: gauge('active') };
  }

  #apply(update: WorkerUpdate): UpdateResult {
    this.updates.push(update);
    const failed = update.listeners.filter(({ name }) => this.unbindable.has(name));
    return {
      sequence: update.sequence,
      failures: failed.map(({ name }) => ({ kind: 'listener', name, message: `cannot bind ${name}` })),
    };
  }
}

describe('Discovery', () => {
  it('asks for listeners when all clusters are at work, and is live when the first listeners are', async () => {
    const bench = await new Bench().start();
    await bench.told('cluster', fakeResource('cluster', 'a', { eds: 'e' }));
    expect(bench.ads.asked.get(typeUrls.endpoint)).toEqual(['e']);
    expect(bench.ads.asked.has(typeUrls.listener)).toBe(false);
    await bench.told('endpoint', fakeResource('endpoint', 'e'));
    expect(bench.ads.asked.get(typeUrls.listener)).toEqual(['*']);
    await bench.told('listener', fakeResource('listener', 'l', { rds: 'r' }));
    expect(bench.live).toBe(false);
    await bench.told('route', fakeResource('route', 'r'));
    expect(bench.live).toBe(true);
    expect(bench.updates.map(({ clusters, listeners }) => [names(clusters), names(listeners)])).toEqual([
      [['a'], []],
      [[], ['l']],
    ]);
  });

  it('refuses a listener that cannot be opened, at once also when it would have to wait', async () => {
    const bench = await new Bench().start();
    await bench.told('cluster');
    bench.unbindable.add('taken');
    const [refusal] = await bench.told('listener', fakeResource('listener', 'taken'), fakeResource('listener', 'free'));
    expect(refusal).toMatchObject({ name: 'taken', message: 'cannot bind taken' });
    expect(bench.updates.at(-1)?.removed.listeners).toEqual(['taken']);
    expect(bench.live).toBe(true);
    const refused = await bench.told(
      'listener',
      fakeResource('listener', 'taken', { rds: 'r' }),
      fakeResource('listener', 'free'),
    );
    expect(refused).toMatchObject([{ name: 'taken' }]);
  });

  it('counts a listener as warming until the workers have it', async () => {
    const bench = await new Bench().start();
    await bench.told('cluster');
    await bench.told('listener', fakeResource('listener', 'l', { rds: 'r' }));
    expect(bench.listeners).toEqual({ warming: 1, active: 0 });
    const applying = Promise.withResolvers<void>();
    bench.applying = applying.promise;
    const told = bench.told('route', fakeResource('route', 'r'));
    await new Promise(setImmediate);
    expect(bench.listeners).toEqual({ warming: 1, active: 0 });
    applying.resolve();
    await told;
    expect(bench.listeners).toEqual({ warming: 0, active: 1 });
  });

  it('asks for no secret that nothing wants any more', async () => {
    const bench = await new Bench().start();
    await bench.told('cluster', fakeResource('cluster', 'a', { sds: { name: 'default', cluster: 'agent' } }));
    expect(bench.agent.asked.get(typeUrls.secret)).toEqual(['default']);
    await bench.told('cluster', fakeResource('cluster', 'a'));
    expect(bench.agent.asked.get(typeUrls.secret)).toEqual([]);
  });

  it("refuses in Envoy's words, by the names of the resources", () => {
    const refusals = [{ name: 'a', version: '1', message: "cannot bind '127.0.0.1:80': Address already in use" }];
    expect(refusalText('listener', refusals)).toBe(
      "Error adding/updating listener(s) a: cannot bind '127.0.0.1:80': Address already in use\n",
    );
    expect(refusalText('cluster', refusals)).toMatch(/^Error adding\/updating cluster\(s\) a: /);
  });
});
