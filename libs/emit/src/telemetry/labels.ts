import type { JsonObject } from '@bufbuild/protobuf';
import type { DestinationIr, InboundPortIr, Protocol } from '@malla/ir';
import type { ConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import type { MessageInitShape } from '@bufbuild/protobuf';

type Tag = NonNullable<
  NonNullable<NonNullable<MessageInitShape<typeof ConfigSchema>['counters']>[number]['stat']>['tags']
>[number];

/** Key of the cluster metadata that access loggers read labels from; Envoy's formatters can't reach into lists. */
const metadataKey = 'malla';

/** Labels of calls to a destination, as metadata of its cluster. */
export function destinationLabels({ service, protocol }: DestinationIr): Record<string, JsonObject> {
  return {
    [metadataKey]: {
      service: service.host,
      name: service.name,
      namespace: service.namespace,
      protocol: requestProtocol(protocol),
    },
  };
}

/**
 * Istio's labels of calls that this proxy's application makes. Labels of its own workload are the agent's to add, so
 * that these bytes are the same for every workload; `destination_peer` is `name;namespace;canonical service;canonical
 * revision;cluster` of the endpoint, for the agent to take apart.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export const sourceTags: readonly Tag[] = [
  tag('reporter', 'source'),
  tag('destination_service', `%CLUSTER_METADATA(${metadataKey}:service)%`),
  tag('destination_service_name', `%CLUSTER_METADATA(${metadataKey}:name)%`),
  tag('destination_service_namespace', `%CLUSTER_METADATA(${metadataKey}:namespace)%`),
  tag('request_protocol', `%CLUSTER_METADATA(${metadataKey}:protocol)%`),
  tag('destination_peer', '%UPSTREAM_METADATA(istio:workload)%'),
  tag('source_principal', '%UPSTREAM_LOCAL_URI_SAN%'),
  tag('destination_principal', '%UPSTREAM_PEER_URI_SAN%'),
  tag('connection_security_policy', 'unknown'),
];

/** Istio's labels of calls to a port of this proxy's workload. */
export function destinationTags(params: {
  /** Undefined for ports that no Service names. */
  port: InboundPortIr | undefined;
  protocol: Protocol;
  mutualTls: boolean;
}): readonly Tag[] {
  const { port, protocol, mutualTls } = params;
  return [
    tag('reporter', 'destination'),
    tag('destination_service', port?.service.host ?? 'unknown'),
    tag('destination_service_name', port?.service.name ?? 'unknown'),
    tag('destination_service_namespace', port?.service.namespace ?? 'unknown'),
    tag('request_protocol', requestProtocol(protocol)),
    tag('source_principal', '%DOWNSTREAM_PEER_URI_SAN%'),
    tag('destination_principal', '%DOWNSTREAM_LOCAL_URI_SAN%'),
    tag('connection_security_policy', mutualTls ? 'mutual_tls' : 'none'),
  ];
}

/** What only HTTP has. */
export const httpTags: readonly Tag[] = [
  tag('response_code', '%RESPONSE_CODE%'),
  tag('grpc_response_status', '%GRPC_STATUS_NUMBER%'),
];

/** Why a response or a connection was not plain. */
export const flagsTag: Tag = tag('response_flags', '%RESPONSE_FLAGS%');

function tag(name: string, valueFormat: string): Tag {
  return { name, valueFormat };
}

/** Istio's words: http, grpc or tcp. */
function requestProtocol(protocol: Protocol): 'http' | 'grpc' | 'tcp' {
  return protocol === 'http2' ? 'http' : protocol;
}
