import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import {
  inboundPassthroughCluster,
  maxPeerMetadataLength,
  peerMetadataKey,
  type DestinationIr,
  type InboundPortIr,
} from '@malla/ir';
import type { ConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';

/** One label of a metric, with the format string that gives its value; `-` and nothing stand for what is not known. */
export type Tag = NonNullable<
  NonNullable<NonNullable<MessageInitShape<typeof ConfigSchema>['counters']>[number]['stat']>['tags']
>[number];

/** Key of the metadata that access loggers read labels from; Envoy's formatters can't reach into lists. */
const metadataKey = 'malla';

/** Labels of calls to a destination, as metadata of its cluster. */
export function destinationLabels({ service }: DestinationIr): Record<string, JsonObject> {
  return { [metadataKey]: { service: service.host, name: service.name, namespace: service.namespace } };
}

/** Metadata of a cluster or route that leads to no service of the mesh, with the name that Istio tells in its place. */
export function namedDestination(name: string): Record<string, JsonObject> {
  return { [metadataKey]: { name } };
}

/**
 * Istio's labels of calls that this proxy's application makes. Labels of its own workload are the agent's to add, so that these bytes are the same for
 * every workload. So are what these two stand for: `destination_peer` is `name;namespace;canonical service;canonical revision;cluster` of the
 * endpoint, and `route_destination` the name where there is no cluster.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export function sourceTags(traffic: 'http' | 'tcp'): readonly Tag[] {
  return [
    tag('reporter', 'source'),
    tag('destination_service', `%CLUSTER_METADATA(${metadataKey}:service)%`),
    tag('destination_service_name', `%CLUSTER_METADATA(${metadataKey}:name)%`),
    tag('destination_service_namespace', `%CLUSTER_METADATA(${metadataKey}:namespace)%`),
    ...(traffic === 'http' ? [tag('route_destination', `%METADATA(ROUTE:${metadataKey}:name)%`)] : []),
    tag('destination_peer', '%UPSTREAM_METADATA(istio:workload)%'),
    tag('source_principal', '%UPSTREAM_LOCAL_URI_SAN%'),
    tag('destination_principal', '%UPSTREAM_PEER_URI_SAN%'),
    tag('connection_security_policy', 'unknown'),
  ];
}

/** Istio's labels of calls to a port of this proxy's workload. `source_peer` is peer metadata, for the agent to judge and take apart. */
export function destinationTags(params: {
  /** Undefined for ports that no Service names. */
  port: InboundPortIr | undefined;
  mutualTls: boolean;
  traffic: 'http' | 'tcp';
}): readonly Tag[] {
  const { port, mutualTls, traffic } = params;
  const { namespace, key } = peerMetadataKey;
  return [
    tag('reporter', 'destination'),
    tag('destination_service', port?.service.host ?? '-'),
    tag('destination_service_name', port?.service.name ?? inboundPassthroughCluster),
    tag('destination_service_namespace', port?.service.namespace ?? '-'),
    // Who has no certificate may tell anything.
    ...(mutualTls && traffic === 'http'
      ? [tag('source_peer', `%DYNAMIC_METADATA(${namespace}:${key}):${maxPeerMetadataLength}%`)]
      : []),
    tag('source_principal', '%DOWNSTREAM_PEER_URI_SAN%'),
    tag('destination_principal', '%DOWNSTREAM_LOCAL_URI_SAN%'),
    tag('connection_security_policy', mutualTls ? 'mutual_tls' : 'none'),
  ];
}

/** Why a response or a connection was not plain. */
const flagsTag: Tag = tag('response_flags', '%RESPONSE_FLAGS%');

/** What only HTTP has that is no gRPC. */
export const httpTags: readonly Tag[] = [
  tag('request_protocol', 'http'),
  tag('response_code', '%RESPONSE_CODE%'),
  flagsTag,
];

/** What only gRPC has. */
export const grpcTags: readonly Tag[] = [
  tag('request_protocol', 'grpc'),
  tag('response_code', '%RESPONSE_CODE%'),
  tag('grpc_response_status', '%GRPC_STATUS_NUMBER%'),
  flagsTag,
];

/** What only TCP has. */
export const tcpTags: readonly Tag[] = [tag('request_protocol', 'tcp'), flagsTag];

/** Messages of a call: `requests,responses`. */
export const messagesTag: Tag = tag('messages', '%FILTER_STATE(envoy.filters.http.grpc_stats:PLAIN)%');

function tag(name: string, valueFormat: string): Tag {
  return { name, valueFormat };
}
