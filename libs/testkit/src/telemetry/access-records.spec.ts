import { toAccessRecord, type AccessRecord } from '@malla/telemetry';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDataPlane } from '../programs/build-data-plane.ts';
import { builtinProgram, proxyPrograms } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { MetricsWorld } from './metrics-world.ts';

const workload = { name: 'caller-v1', namespace: 'default', serviceAccount: 'caller', labels: { app: 'caller' } };

/** What golden signals are made of, by both sides of the proxy that is caller and callee. */
describe('what proxies tell of requests', () => {
  const records = new Map<string, readonly Omit<AccessRecord, 'durationMs'>[]>();

  beforeAll(async () => {
    buildDataPlane();
    for (const program of proxyPrograms()) {
      await using world = await MetricsWorld.start(program);
      await world.get('web', { 'content-type': 'text/plain' });
      await world.callGrpc(1);
      expect(await world.callGrpc(2, 'Fail')).toBe('14');
      await waitFor(() => world.accessLog.length === 6, { what: `access logs of ${program.name}`, timeoutMs: 60_000 });
      const told = world.accessLog.map((entry) => {
        const isOutbound = entry.commonProperties?.upstreamCluster.startsWith('outbound') === true;
        const { durationMs, ...rest } = toAccessRecord(entry, workload, isOutbound ? 'source' : 'destination');
        expect(durationMs).toBeGreaterThan(0);
        return rest;
      });
      records.set(
        program.name,
        told.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      );
    }
  });

  const seenBy = (reporter: string) => records.get(builtinProgram().name)?.filter((each) => each.reporter === reporter);

  it.skipIf(proxyPrograms().length < 2)('is the same on both data planes', () => {
    const [one, other] = [...records.values()];
    expect(one).toEqual(other);
  });

  it.each(['source', 'destination'])('tells gRPC, and whether it failed, at the %s', (reporter) => {
    const told = seenBy(reporter)?.map(({ protocol, failed }) => `${protocol}${failed ? ' failed' : ''}`);
    expect(told?.sort()).toEqual(['grpc', 'grpc failed', 'http']);
  });

  it('names the caller at the destination', () => {
    for (const record of seenBy('destination') ?? [])
      expect(record).toMatchObject({ sourceWorkload: 'caller-v1', sourceApp: 'caller', sourceAccount: 'caller' });
  });
});
