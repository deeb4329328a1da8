import { fromBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { Emitter, type XdsResources } from '@malla/emit';
import type { DataPlane, EndpointIr, ListenerIr, OutboundIr, Protocol, RouteIr } from '@malla/ir';
import { encodeResource, typeUrls } from '@malla/protos';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { TcpProxySchema } from '@malla/protos/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import {
  sampleDestination,
  sampleEndpoint,
  sampleEndpoints,
  sampleForward,
  sampleHost,
  sampleInboundPort,
  sampleOutbound,
  sampleRoute,
  sampleRouteConfig,
} from '../ir/sample-ir.ts';
import type { BenchCase } from './bench-case.ts';

const service = 'app';
const trustDomain = 'cluster.local';
/** Who the two proxies of a pair are. */
export const identities = {
  client: `spiffe://${trustDomain}/ns/default/sa/client`,
  server: `spiffe://${trustDomain}/ns/default/sa/server`,
} as const;

const protocols: Readonly<Record<BenchCase['protocol'], Protocol>> = {
  http1: 'http',
  http2: 'http2',
  grpc: 'grpc',
  tcp: 'tcp',
};

/** Which edition of a configuration is meant: other numbers make other resources that say the same. */
export interface Edition {
  /** Route configurations change. */
  readonly routes?: number;
  /** Clusters change. */
  readonly clusters?: number;
  /** Listeners change. */
  readonly listeners?: number;
}

interface ClientSide {
  readonly port: number;
  /** One endpoint each. */
  readonly upstreams: readonly number[];
  readonly dataPlane: DataPlane;
  readonly edition?: Edition;
}

interface ServerSide {
  readonly port: number;
  readonly app: number;
  readonly dataPlane: DataPlane;
  readonly edition?: Edition;
}

/** The side that clients connect to: listener, routes, destination. In a pair it speaks mutual TLS to the other side. */
export function clientSide(bench: BenchCase, { port, upstreams, dataPlane, edition }: ClientSide): XdsResources {
  const pair = bench.path === 'pair';
  const outbound = outboundOf(bench, upstreams, edition);
  const [{ cluster, routeConfig = '' } = { cluster: '' }] = outbound.services;
  const place = { name: 'outbound', bind: { address: '127.0.0.1', port }, bindToPort: true };
  const listener: ListenerIr =
    bench.protocol === 'tcp'
      ? { kind: 'outbound-tcp', ...place, cluster }
      : { kind: 'outbound-http', ...place, routeConfig };
  const resources = emit({ outbound, listeners: [listener], dataPlane });
  return pair ? resources : withoutAccessLogs(resources);
}

/** The side in front of the application: mutual TLS, authorization by identity. */
export function serverSide(bench: BenchCase, { port, app, dataPlane, edition = {} }: ServerSide): XdsResources {
  const principal = identities.client.slice('spiffe://'.length);
  const inbound = sampleInboundPort(app, {
    protocol: protocols[bench.protocol],
    mutualTls: 'strict',
    mutualTlsOrigin: { kind: 'PeerAuthentication', namespace: 'default', name: `strict-${edition.listeners ?? 0}` },
    authorization: {
      deny: [],
      allow: [
        {
          origin: { kind: 'AuthorizationPolicy', namespace: 'default', name: 'client-only' },
          rules: [
            {
              from: [
                [{ attribute: { kind: 'principal' }, anyOf: [{ kind: 'exact', value: principal }], negated: false }],
              ],
              to: [],
              when: [],
            },
          ],
        },
      ],
    },
  });
  const listener: ListenerIr = {
    kind: 'inbound',
    name: 'inbound',
    bind: { address: '127.0.0.1', port },
    forwardTo: { address: '127.0.0.1', port: app },
    port: inbound,
    trustDomains: [trustDomain],
  };
  const outbound: OutboundIr = { services: [], destinations: [], endpoints: [], routeConfigs: [], secrets: [] };
  return emit({ outbound, listeners: [listener], dataPlane });
}

function outboundOf(bench: BenchCase, upstreams: readonly number[], edition: Edition = {}): OutboundIr {
  const http = bench.protocol !== 'tcp';
  const sample = sampleOutbound([{ name: service, port: 80, endpoints: [] }]);
  const [known] = sample.services;
  const cluster = known?.cluster ?? '';
  const pair = bench.path === 'pair';
  const endpoints = upstreams.map((upstream): EndpointIr =>
    sampleEndpoint({ address: '127.0.0.1', port: upstream }, { mutualTls: pair }),
  );
  const tls = {
    kind: 'mesh' as const,
    sni: `outbound_.80_._.${sampleHost(service)}`,
    subjectAltNames: [identities.server],
  };
  const destination = sampleDestination(service, 80, {
    protocol: protocols[bench.protocol],
    connectTimeoutMs: 10_000 + (edition.clusters ?? 0),
    ...(pair && { tls }),
  });
  return {
    ...sample,
    services: [{ ...(known as NonNullable<typeof known>), http }],
    destinations: [destination],
    endpoints: [sampleEndpoints(cluster, endpoints)],
    routeConfigs: http ? [sampleRouteConfig(service, 80, routesOf(bench.routes, cluster, edition.routes))] : [],
  };
}

/** Routes of which the last one takes every path. */
function routesOf(count: number, cluster: string, edition = 0): readonly RouteIr[] {
  const action = sampleForward({ [cluster]: 1 }, edition === 0 ? {} : { timeoutMs: 30_000 + edition });
  const narrow = Array.from({ length: count - 1 }, (_, i) =>
    sampleRoute(action, {
      name: `route-${i}`,
      match: {
        path: { kind: 'prefix', value: `/api/v1/part-${i}/`, ignoreCase: false },
        headers: [],
        queryParameters: [],
      },
    }),
  );
  return [...narrow, sampleRoute(action)];
}

function emit(input: Pick<Parameters<Emitter['emit']>[0], 'outbound' | 'listeners' | 'dataPlane'>): XdsResources {
  const inbound = {
    ports: [],
    passthrough: { mutualTls: 'permissive', authorization: { deny: [] } } as const,
    trustDomains: [trustDomain],
  };
  return new Emitter().emit({ ...input, inbound, trustDomain });
}

/** The same without metrics and access logs, as the peers have none. */
function withoutAccessLogs(resources: XdsResources): XdsResources {
  const listeners = [...(resources.get(typeUrls.listener) ?? [])].map(([name, encoded]) => {
    const listener = fromBinary(ListenerSchema, encoded.any.value);
    for (const { filters } of listener.filterChains) {
      for (const { configType } of filters) {
        if (configType.case === 'typedConfig') configType.value = quiet(configType.value);
      }
    }
    return [name, encodeResource(ListenerSchema, name, listener)] as const;
  });
  return new Map([...resources, [typeUrls.listener, new Map(listeners)]]);
}

function quiet(config: Parameters<typeof anyUnpack>[0]) {
  for (const schema of [HttpConnectionManagerSchema, TcpProxySchema]) {
    const filter = anyUnpack(config, schema);
    if (filter !== undefined) return anyPack(schema, { ...filter, accessLog: [] } as never);
  }
  return config;
}
