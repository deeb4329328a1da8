import { createLogger } from '@malla/observability';
import { describe, expect, it } from 'vitest';
import type { EnvoyAdmin } from '../process/admin-client.ts';
import type { EnvoyHost, EnvoyProcess, ExitInfo } from '../process/envoy-process.ts';
import type { Timers } from '../process/timers.ts';
import { defaultSupervisorOptions, EnvoySupervisor } from './envoy-supervisor.ts';

/** Time that goes on only when told. */
class ManualTimers implements Timers {
  #now = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const next = this.#sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = until;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** An Envoy that does as its switches say. */
class FakeEnvoy implements EnvoyHost, EnvoyAdmin {
  live = true;
  active = 0;
  obeysTerm = true;
  drains = 0;
  readonly signals: string[] = [];
  readonly spawned: number[] = [];
  adoptable: EnvoyProcess | undefined;
  #end: (exit: ExitInfo) => void = () => undefined;

  process(adopted: boolean): EnvoyProcess {
    const pid = 100 + this.spawned.length;
    const exited = new Promise<ExitInfo>((resolve) => (this.#end = resolve));
    return { pid, adopted, exited, signal: (name) => this.#signal(name) };
  }

  crash(exit: ExitInfo = { code: 1 }): void {
    this.#end(exit);
  }

  async adopt() {
    return this.adoptable;
  }

  async spawn() {
    this.spawned.push(100 + this.spawned.length + 1);
    return this.process(false);
  }

  async ready() {
    return this.live;
  }

  async drain() {
    this.drains++;
  }

  async activeRequests() {
    return this.active;
  }

  async prometheus() {
    return '';
  }

  #signal(name: string): void {
    this.signals.push(name);
    if (name === 'SIGKILL' || this.obeysTerm) this.#end({ signal: name });
  }
}

function setUp() {
  const envoy = new FakeEnvoy();
  const timers = new ManualTimers();
  const supervisor = new EnvoySupervisor({
    host: envoy,
    admin: envoy,
    timers,
    random: () => 0,
    logger: createLogger({ service: 'test', level: 'silent' }),
    options: defaultSupervisorOptions,
  });
  const seen: string[] = [];
  supervisor.onStateChange((state) => seen.push(state.name));
  return { envoy, timers, supervisor, seen };
}

describe('EnvoySupervisor', () => {
  it('is ready once Envoy is live, and stops after a drain', async () => {
    const { envoy, timers, supervisor, seen } = setUp();
    envoy.live = false;
    await supervisor.start();
    await timers.advance(1_000);
    expect(supervisor.state.name).toBe('starting');
    envoy.live = true;
    await timers.advance(100);
    expect(supervisor.state.name).toBe('ready');
    const stopped = supervisor.stop();
    await timers.advance(defaultSupervisorOptions.minDrainMs);
    await stopped;
    expect(envoy.drains).toBe(1);
    expect(envoy.signals).toEqual(['SIGTERM']);
    expect(seen).toEqual(['starting', 'ready', 'draining', 'stopped']);
  });

  it('adopts a running Envoy instead of starting another', async () => {
    const { envoy, timers, supervisor } = setUp();
    envoy.adoptable = envoy.process(true);
    await supervisor.start();
    await timers.advance(100);
    expect(supervisor.state.name).toBe('ready');
    expect(envoy.spawned).toEqual([]);
    envoy.crash({});
    await timers.advance(1_000);
    expect(envoy.spawned).toHaveLength(1);
  });

  it('waits longer after each crash, and starts afresh after a time in good health', async () => {
    const { envoy, timers, supervisor } = setUp();
    await supervisor.start();
    const { baseMs, maxMs } = defaultSupervisorOptions.restart;
    for (let attempt = 0; attempt < 8; attempt++) {
      await timers.advance(0);
      envoy.crash();
      await timers.advance(0);
      expect(supervisor.state).toMatchObject({ name: 'crashed', attempt });
      const waitMs = Math.min(maxMs, baseMs * 2 ** attempt) / 2;
      await timers.advance(waitMs - 1);
      expect(envoy.spawned).toHaveLength(attempt + 1);
      await timers.advance(1);
      expect(envoy.spawned).toHaveLength(attempt + 2);
    }
    await timers.advance(defaultSupervisorOptions.settledMs + 1);
    envoy.crash();
    await timers.advance(0);
    expect(supervisor.state).toMatchObject({ name: 'crashed', attempt: 0 });
  });

  it('waits for requests in flight, but not for ever', async () => {
    const { envoy, timers, supervisor } = setUp();
    envoy.active = 3;
    await supervisor.start();
    await timers.advance(100);
    const stopped = supervisor.stop();
    await timers.advance(defaultSupervisorOptions.minDrainMs + defaultSupervisorOptions.maxDrainMs - 1);
    expect(envoy.signals).toEqual([]);
    await timers.advance(200);
    expect(envoy.signals).toEqual(['SIGTERM']);
    await stopped;
  });

  it('kills an Envoy that does not end', async () => {
    const { envoy, timers, supervisor } = setUp();
    envoy.obeysTerm = false;
    await supervisor.start();
    await timers.advance(100);
    const stopped = supervisor.stop();
    await timers.advance(defaultSupervisorOptions.minDrainMs + defaultSupervisorOptions.exitTimeoutMs);
    await stopped;
    expect(envoy.signals).toEqual(['SIGTERM', 'SIGKILL']);
    expect(supervisor.state.name).toBe('stopped');
  });

  it('does not start Envoy again when it is stopped during the back-off', async () => {
    const { envoy, timers, supervisor } = setUp();
    await supervisor.start();
    envoy.crash();
    await timers.advance(1);
    await supervisor.stop();
    await timers.advance(60_000);
    expect(supervisor.state.name).toBe('stopped');
    expect(envoy.spawned).toHaveLength(1);
  });

  it('leaves no Envoy behind when it is stopped before it was started, and starts none after', async () => {
    const { envoy, supervisor } = setUp();
    envoy.adoptable = envoy.process(true);
    await supervisor.stop();
    expect(envoy.signals).toEqual(['SIGTERM']);
    await supervisor.start();
    expect(envoy.spawned).toEqual([]);
  });
});
