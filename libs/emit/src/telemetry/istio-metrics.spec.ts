import { create, fromBinary } from '@bufbuild/protobuf';
import { AccessLogSchema } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { ConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { sampleDestination } from '@malla/testkit';
import { describe, expect, it } from 'vitest';
import { outboundCluster } from '../cluster/outbound-cluster.ts';
import { httpMetrics, tcpMetrics, type IstioMetric } from './istio-metrics.ts';

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
const messages: readonly IstioMetric[] = ['request_messages_total', 'response_messages_total'];

describe('metrics of a proxy', () => {
  it('are none of those that are switched off', () => {
    const all = namesOf(httpMetrics(outbound));
    expect(namesOf(httpMetrics(outbound, new Set(['request_bytes', messages[0] as IstioMetric])))).toEqual(
      all.filter((name) => name !== 'request_bytes'),
    );
    expect(namesOf(httpMetrics(outbound, new Set(messages)))).toEqual(
      all.filter((name) => name !== 'grpc_calls_total'),
    );
    expect(namesOf(tcpMetrics(outbound, new Set(['tcp_connections_opened_total'])))).toHaveLength(3);
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
