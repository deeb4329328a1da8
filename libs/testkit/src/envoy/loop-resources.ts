import { createRegistry, fromJson, type DescMessage, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { encodeResource, typeUrlOf, type EncodedResource } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { HttpGrpcAccessLogConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import { RouterSchema } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';

/** What {@link loopResources} is made from. Ports are of 127.0.0.1. */
export interface LoopParams {
  /** Plain HTTP comes in here. */
  readonly outboundPort: number;
  /** Mutual TLS between the two halves. */
  readonly inboundPort: number;
  /** The application. */
  readonly appPort: number;
  /** A response header, to tell versions of the route apart. */
  readonly mark?: string;
  /** Source of the workload's own secrets: the agent's SDS cluster, or ADS. Default sds. */
  readonly secrets?: 'sds' | 'ads';
}

const extensions = createRegistry(
  HttpConnectionManagerSchema,
  RouterSchema,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
  HttpGrpcAccessLogConfigSchema,
);

/**
 * A mesh of one Envoy that calls itself: outbound listener, route, cluster with mutual TLS, endpoints, inbound listener with mutual TLS,
 * application. All of cluster, endpoint, listener and route discovery and both workload secrets are in it.
 */
export function loopResources(params: LoopParams): EncodedResource[] {
  const { outboundPort, inboundPort, appPort } = params;
  return [
    resource(ClusterSchema, 'inbound', { type: 'STATIC', loadAssignment: endpoints('inbound', appPort) }),
    resource(ClusterSchema, 'outbound', {
      type: 'EDS',
      edsClusterConfig: { edsConfig: ads, serviceName: 'outbound-endpoints' },
      transportSocket: tls('UpstreamTlsContext', UpstreamTlsContextSchema, { commonTlsContext: tlsContext(params) }),
    }),
    named(ClusterLoadAssignmentSchema, 'outbound-endpoints', endpoints('outbound-endpoints', inboundPort)),
    named(RouteConfigurationSchema, 'loop', { name: 'loop', ...routes(params) }),
    listener('outbound', outboundPort, [
      httpFilter('outbound', { rds: { routeConfigName: 'loop', configSource: ads } }),
    ]),
    listener(
      'inbound',
      inboundPort,
      [httpFilter('inbound', { routeConfig: { virtualHosts: [toCluster('inbound')] } })],
      {
        transportSocket: tls('DownstreamTlsContext', DownstreamTlsContextSchema, {
          requireClientCertificate: true,
          commonTlsContext: tlsContext(params),
        }),
      },
    ),
  ];
}

/** A listener that Envoy refuses. */
export function refusedListener(name: string): EncodedResource {
  return resource(ListenerSchema, name, { filterChains: [{ filters: [{ name: 'does.not.exist' }] }] });
}

const ads = { ads: {}, resourceApiVersion: 'V3' };

function routes({ mark = '' }: LoopParams) {
  const {
    routes: [route],
    ...host
  } = toCluster('outbound');
  const marks = [{ header: { key: 'x-mark', value: mark }, keepEmptyValue: true }];
  return { virtualHosts: [{ ...host, routes: [{ ...route, responseHeadersToAdd: marks }] }] };
}

function toCluster(cluster: string) {
  return { name: cluster, domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] };
}

function endpoints(clusterName: string, portValue: number) {
  const address = { socketAddress: { address: '127.0.0.1', portValue } };
  return { clusterName, endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] };
}

function tlsContext({ secrets = 'sds' }: LoopParams): JsonObject {
  const grpcServices = [{ envoyGrpc: { clusterName: 'sds-grpc' } }];
  const bySds = {
    apiConfigSource: { apiType: 'GRPC', transportApiVersion: 'V3', grpcServices },
    resourceApiVersion: 'V3',
  };
  const sdsConfig = secrets === 'sds' ? bySds : ads;
  return {
    tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig }],
    validationContextSdsSecretConfig: { name: 'ROOTCA', sdsConfig },
  };
}

function tls(name: string, schema: DescMessage, config: JsonObject): JsonObject {
  return { name: `envoy.transport_sockets.tls.${name}`, typedConfig: { '@type': typeUrlOf(schema), ...config } };
}

function listener(name: string, portValue: number, filters: JsonObject[], chain: JsonObject = {}): EncodedResource {
  return resource(ListenerSchema, name, {
    address: { socketAddress: { address: '127.0.0.1', portValue } },
    filterChains: [{ filters, ...chain }],
  });
}

function httpFilter(statPrefix: string, route: JsonObject): JsonObject {
  const accessLog = {
    '@type': typeUrlOf(HttpGrpcAccessLogConfigSchema),
    commonConfig: {
      logName: statPrefix,
      transportApiVersion: 'V3',
      grpcService: { envoyGrpc: { clusterName: 'malla-als' } },
      bufferFlushInterval: '0.1s',
    },
  };
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typedConfig: {
      '@type': typeUrlOf(HttpConnectionManagerSchema),
      statPrefix,
      ...route,
      httpFilters: [{ name: 'envoy.filters.http.router', typedConfig: { '@type': typeUrlOf(RouterSchema) } }],
      accessLog: [{ name: 'envoy.access_loggers.http_grpc', typedConfig: accessLog }],
    },
  };
}

function resource<D extends DescMessage>(schema: D, name: string, json: JsonObject): EncodedResource {
  return named(schema, name, { name, ...json });
}

function named<D extends DescMessage>(schema: D, name: string, json: JsonValue): EncodedResource {
  return encodeResource(schema, name, fromJson(schema, json, { registry: extensions }));
}
