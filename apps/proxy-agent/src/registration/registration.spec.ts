import { create } from '@bufbuild/protobuf';
import { createLogger } from '@malla/observability';
import { WorkloadSchema } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { describe, expect, it } from 'vitest';
import { Registration } from './registration.ts';

/** Discovery's registry, and a clock that notes the waits. */
function setUp() {
  const events: string[] = [];
  const waits: number[] = [];
  const problems: (string | undefined)[] = [];
  let wake: () => void = () => undefined;
  const registry = {
    failing: false,
    async register({ healthy }: { healthy: boolean }) {
      if (registry.failing) throw new Error('away');
      events.push(healthy ? 'healthy' : 'unhealthy');
      return 9_000;
    },
    async deregister() {
      events.push('gone');
    },
  };
  const registration = new Registration({
    registry,
    workload: create(WorkloadSchema, { name: 'w', namespace: 'n' }),
    logger: createLogger({ service: 'test', level: 'silent' }),
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms);
        wake = resolve;
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      }),
    backoff: { next: () => 42, reset: () => undefined },
    onState: (problem) => problems.push(problem),
  });
  const next = async (): Promise<void> => {
    wake();
    await settle();
  };
  return { registration, registry, events, waits, problems, next };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('Registration', () => {
  it('renews at a third of the lease, spread, out of rotation until it is told otherwise', async () => {
    const { registration, events, waits, next } = setUp();
    registration.start();
    await settle();
    await next();
    expect(events).toEqual(['unhealthy', 'unhealthy']);
    expect(waits).toEqual([2_700, 2_700]);
  });

  it('tells a change of health at once', async () => {
    const { registration, events } = setUp();
    registration.start();
    await settle();
    registration.setHealthy(true);
    await settle();
    registration.setHealthy(true);
    registration.setHealthy(false);
    await settle();
    expect(events).toEqual(['unhealthy', 'healthy', 'unhealthy']);
  });

  it('tries again with a back-off while discovery is away', async () => {
    const { registration, registry, waits, problems, next } = setUp();
    registry.failing = true;
    registration.start();
    await settle();
    registry.failing = false;
    await next();
    expect(waits).toEqual([42, 2_700]);
    expect(problems).toEqual(['away', undefined]);
  });

  it('ends its lease when it stops, unless it never had one', async () => {
    const first = setUp();
    first.registration.start();
    await settle();
    await first.registration.stop();
    expect(first.events).toEqual(['unhealthy', 'gone']);
    const second = setUp();
    second.registry.failing = true;
    second.registration.start();
    await settle();
    await second.registration.stop();
    expect(second.events).toEqual([]);
  });
});
