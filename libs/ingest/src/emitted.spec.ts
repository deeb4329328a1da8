import { Emitter, type XdsResources } from '@malla/emit';
import type { DestinationIr, EndpointSetIr, SecretIr } from '@malla/ir';
import type { ClusterConfig, EndpointsConfig, RouteTableConfig, SecretConfig } from '@malla/proxy-config';
import { typeUrls } from '@malla/protos';
import { arbitraryProxy, type ArbitraryProxy } from '@malla/testkit/arbitrary-ir';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ingestResource } from './ingest.ts';
import { coreOf, normalized } from '../test/normalized-routes.ts';

const runs = { numRuns: 60 };

function emit(proxy: ArbitraryProxy): XdsResources {
  return new Emitter().emit({ ...proxy, dataPlane: 'builtin', trustDomain: 'cluster.local' });
}

/** What all resources of one type become; a refusal is a failure. */
function accepted(resources: XdsResources, typeUrl: string): unknown[] {
  return [...(resources.get(typeUrl)?.values() ?? [])].map(({ name, any }) => {
    const result = ingestResource(typeUrl, name, any.value);
    expect(result.ok ? [] : result.problems).toEqual([]);
    return result.ok ? result.config : undefined;
  });
}

describe('what discovery sends', () => {
  it('is accepted, whatever the IR says', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        const resources = emit(proxy);
        for (const typeUrl of resources.keys()) accepted(resources, typeUrl);
      }),
      runs,
    );
  });

  it('says the same of routes as the IR', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        const tables = accepted(emit(proxy), typeUrls.route) as RouteTableConfig[];
        const byName = new Map(tables.map((table) => [table.name, table]));
        for (const ir of proxy.outbound.routeConfigs) {
          expect(coreOf(byName.get(ir.name) as RouteTableConfig)).toEqual(normalized(ir));
        }
      }),
      runs,
    );
  });

  it('says the same of faults as the IR', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        const tables = accepted(emit(proxy), typeUrls.route) as RouteTableConfig[];
        const byName = new Map(tables.map((table) => [table.name, table]));
        for (const ir of proxy.outbound.routeConfigs) {
          const faults = byName
            .get(ir.name)
            ?.virtualHosts.flatMap(({ routes }) =>
              routes.map(({ filters }) => filters.get('envoy.filters.http.fault')),
            );
          const expected = ir.virtualHosts.flatMap(({ routes }) =>
            routes.map(({ fault }) => fault && { kind: 'fault', config: { ...fault, headers: [] } }),
          );
          expect(faults).toEqual(expected);
        }
      }),
      runs,
    );
  });

  it('says the same of endpoints and secrets as the IR', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        const resources = emit(proxy);
        const endpoints = accepted(resources, typeUrls.endpoint) as EndpointsConfig[];
        expect(endpoints).toEqual(proxy.outbound.endpoints.map(endpointsOf));
        const secrets = accepted(resources, typeUrls.secret) as SecretConfig[];
        expect(secrets).toEqual(proxy.outbound.secrets.map(secretOf));
      }),
      runs,
    );
  });

  it('says the same of clusters as the IR', () => {
    fc.assert(
      fc.property(arbitraryProxy, (proxy) => {
        const clusters = accepted(emit(proxy), typeUrls.cluster) as ClusterConfig[];
        const byName = new Map(clusters.map((cluster) => [cluster.name, cluster]));
        for (const ir of proxy.outbound.destinations) {
          expect(byName.get(ir.name)).toMatchObject(clusterOf(ir));
          expect(byName.get(ir.name)?.discovery).toMatchObject(
            ir.originalDestination === true ? { kind: 'original-dst' } : { kind: 'eds', serviceName: ir.name },
          );
        }
      }),
      runs,
    );
  });
});

function endpointsOf({ cluster, localities }: EndpointSetIr): EndpointsConfig {
  return {
    clusterName: cluster,
    overprovisioningFactor: 140,
    localities: localities.map(({ locality, endpoints }) => {
      const [region = '', zone = '', subZone = ''] = locality.split('/');
      return {
        locality: { region, zone, subZone },
        priority: 0,
        weight: endpoints.reduce((sum, { weight }) => sum + weight, 0),
        endpoints: endpoints.map(({ address, port, weight, healthy, mutualTls, workload }) => ({
          address: { kind: 'tcp' as const, address, port },
          hostname: '',
          health: healthy ? ('healthy' as const) : ('unhealthy' as const),
          weight,
          metadata: {
            ...(mutualTls && { 'envoy.transport_socket_match': { tlsMode: 'istio' } }),
            istio: { workload: Object.values(workloadFields(workload)).join(';') },
          },
        })),
      };
    }),
  };
}

function workloadFields({ name, namespace, canonicalService, revision, cluster }: WorkloadIr) {
  return { name, namespace, canonicalService, revision, cluster };
}

type WorkloadIr = EndpointSetIr['localities'][number]['endpoints'][number]['workload'];

function secretOf(ir: SecretIr): SecretConfig {
  return ir.kind === 'ca'
    ? { kind: 'validation', name: ir.name, trustedCaPem: ir.pem }
    : { kind: 'certificate', name: ir.name, chainPem: ir.chainPem, keyPem: ir.keyPem.reveal() };
}

/** The parts of a cluster that the IR says in the same words. */
function clusterOf(ir: DestinationIr): object {
  const unlimited = 0xffff_ffff;
  return {
    connectTimeoutMs: ir.connectTimeoutMs,
    loadBalancer: loadBalancerOf(ir),
    limits: {
      maxConnections: ir.pool.maxConnections ?? unlimited,
      maxPendingRequests: ir.pool.maxPendingRequests ?? unlimited,
      maxRequests: ir.pool.maxRequests ?? unlimited,
      maxRetries: ir.pool.maxRetries ?? unlimited,
    },
    healthyPanicThreshold: ir.outlier?.minHealthPercent ?? 0,
    http: { protocol: ir.protocol === 'grpc' || ir.protocol === 'http2' ? 'http2' : 'http1' },
    ...(ir.outlier && {
      outlier: { intervalMs: ir.outlier.intervalMs, maxEjectionPercent: ir.outlier.maxEjectionPercent },
    }),
    transport: { kind: ir.tls.kind === 'mesh' || ir.tls.kind === 'origination' ? 'tls' : 'plain' },
    transportMatches: ir.tls.kind === 'auto' ? [{ transport: { kind: 'tls' } }, { transport: { kind: 'plain' } }] : [],
    ...(ir.tls.kind === 'mesh' && { transport: { tls: { sni: ir.tls.sni, certificate: { name: 'default' } } } }),
  };
}

/** The one that the caller chose is taken as it is. */
function loadBalancerOf({ originalDestination, loadBalancer }: DestinationIr): object {
  if (originalDestination === true) return { kind: 'cluster-provided' };
  return {
    kind: loadBalancer.kind,
    ...('minimumRingSize' in loadBalancer && { minimumRingSize: loadBalancer.minimumRingSize }),
    ...('tableSize' in loadBalancer && { tableSize: loadBalancer.tableSize }),
  };
}
