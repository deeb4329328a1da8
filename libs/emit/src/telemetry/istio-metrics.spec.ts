import { create, fromBinary } from '@bufbuild/protobuf';
import { grpcCalls, istioMetrics, type MetricsIr } from '@malla/ir';
import { AccessLogSchema } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { ConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { sampleDestination } from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import { outboundCluster } from '../cluster/outbound-cluster.ts';
import { httpMetrics, tcpMetrics } from './istio-metrics.ts';

type Logs = ReturnType<typeof httpMetrics>;

function configsOf(logs: Logs) {
  return logs
    .map((log) => create(AccessLogSchema, log))
    .map(({ configType }) => fromBinary(ConfigSchema, (configType.value as { value: Uint8Array }).value));
}

function namesOf(logs: Logs): string[] {
  return configsOf(logs)
    .flatMap(({ counters, histograms }) => [...counters, ...histograms])
    .map(({ stat }) => stat?.name ?? '')
    .filter((name, index, all) => all.indexOf(name) === index)
    .sort();
}

const outbound = { direction: 'outbound' } as const;
const withMetrics = (metrics: MetricsIr) => ({ ...outbound, telemetry: { metrics, accessLogs: [], origins: [] } });
const off = { kind: 'off' } as const;

describe('metrics of a proxy', () => {
  it('are none of those that are switched off', () => {
    const all = namesOf(httpMetrics(outbound));
    expect(namesOf(httpMetrics(withMetrics({ request_bytes: off })))).toEqual(
      all.filter((name) => name !== 'request_bytes'),
    );
    expect(namesOf(tcpMetrics(withMetrics({ tcp_connections_opened_total: off })))).toHaveLength(3);
    expect(namesOf(httpMetrics(withMetrics(Object.fromEntries(istioMetrics.map((name) => [name, off])))))).toEqual([]);
  });

  it('count messages of both directions at once while these have the same labels', () => {
    const calls = (metrics: MetricsIr) =>
      namesOf(httpMetrics(withMetrics(metrics))).filter((name) => name.includes('calls'));
    const { both, requests, responses } = grpcCalls;
    const labels = { kind: 'labels', set: { a: 'true' }, removed: [] } as const;
    expect(calls({})).toEqual([both]);
    expect(calls({ request_messages_total: off, response_messages_total: off })).toEqual([]);
    expect(calls({ request_messages_total: labels, response_messages_total: { ...labels } })).toEqual([both]);
    expect(calls({ request_messages_total: off })).toEqual([responses]);
    expect(calls({ request_messages_total: labels })).toEqual([requests, responses]);
  });

  it('lose the tags that nothing needs any more', () => {
    const tagsOf = (removed: readonly string[]) =>
      configsOf(
        httpMetrics(withMetrics({ requests_total: { kind: 'labels', set: { response_code: 'true' }, removed } })),
      )
        .flatMap(({ counters }) => counters)
        .find(({ stat }) => stat?.name === 'requests_total')
        ?.stat?.tags.map(({ name, valueFormat }) => [name, valueFormat]);
    const some = Object.fromEntries(tagsOf(['response_flags', 'destination_app', 'destination_principal']) ?? []);
    expect(some).not.toHaveProperty('response_code');
    expect(some).not.toHaveProperty('response_flags');
    expect(some).toHaveProperty('destination_peer');
    expect(some).toHaveProperty('destination_principal');
    expect(some).toMatchObject({
      set_response_code: '%CEL(true):256%',
      removed_labels: 'response_flags,destination_app,destination_principal',
    });
    const side = [
      'workload',
      'workload_namespace',
      'app',
      'version',
      'cluster',
      'canonical_service',
      'canonical_revision',
    ];
    expect(Object.fromEntries(tagsOf(side.map((name) => `destination_${name}`)) ?? [])).not.toHaveProperty(
      'destination_peer',
    );
  });

  it('have a bound on label sets', () => {
    for (const { statsScope } of configsOf([...httpMetrics(outbound), ...tcpMetrics(outbound)])) {
      expect(statsScope?.maxCounters).toBeGreaterThan(0);
      expect(statsScope?.maxHistograms).toBeGreaterThan(0);
    }
  });
});

describe('peer metadata', () => {
  const tells = (tls: Parameters<typeof sampleDestination>[2]) =>
    JSON.stringify(
      Object.values(outboundCluster(sampleDestination('a', 80, tls), 'envoy').typedExtensionProtocolOptions),
      (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value),
    ).includes('x-malla-peer');
  const names = { sni: 'a', subjectAltNames: [] };

  it('is for destinations of the mesh alone', () => {
    expect(tells({ tls: { kind: 'auto', ...names } })).toBe(true);
    expect(tells({ tls: { kind: 'mesh', ...names } })).toBe(true);
    expect(tells({ tls: { kind: 'plain' } })).toBe(false);
    expect(tells({ tls: { kind: 'origination', subjectAltNames: [], insecureSkipVerify: false } })).toBe(false);
  });
});
