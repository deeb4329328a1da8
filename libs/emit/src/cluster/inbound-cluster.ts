import { create } from '@bufbuild/protobuf';
import type { InboundPortIr, SocketAddress } from '@malla/ir';
import { inboundPassthroughCluster } from '@malla/ir';
import {
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  ClusterSchema,
  type Cluster,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { istioMetadata } from '../origin.ts';
import { socketAddress } from '../wire/address.ts';
import { duration } from '../wire/duration.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { inboundHttpProtocolOptions, sameHttpProtocolOptions } from './http-protocol-options.ts';

/** How long the application may take to accept; it is on the same host. */
const connectTimeoutMs = 10_000;

/** Connections to the application come from here, so that iptables does not capture them again. */
const loopbackSource = { ipv4: '127.0.0.6', ipv6: '::6' } as const;

/** The application behind an explicit inbound listener (interception NONE). */
export function explicitInboundCluster(name: string, port: InboundPortIr, forwardTo: SocketAddress): Cluster {
  return create(ClusterSchema, {
    ...common(name),
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    loadAssignment: {
      clusterName: name,
      endpoints: [
        { lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address: socketAddress(forwardTo) } } }] },
      ],
    },
    typedExtensionProtocolOptions: inboundHttpProtocolOptions(port.protocol),
    metadata: serviceMetadata(port),
  });
}

/** The application behind a captured port: where the connection was going (interception REDIRECT). */
export function capturedInboundCluster(port: InboundPortIr, ipv6: boolean): Cluster {
  return create(ClusterSchema, {
    ...common(port.cluster),
    ...originalDestination(ipv6),
    typedExtensionProtocolOptions: inboundHttpProtocolOptions(port.protocol),
    metadata: serviceMetadata(port),
  });
}

/** The application's ports that no Service names (interception REDIRECT). */
export function inboundPassthrough(ipv6: boolean): Cluster {
  return create(ClusterSchema, {
    ...common(inboundPassthroughCluster),
    ...originalDestination(ipv6),
    typedExtensionProtocolOptions: sameHttpProtocolOptions(),
  });
}

/** With IPv6 the source address is of the original destination's family; without, Envoy may refuse an address of it. */
function originalDestination(ipv6: boolean) {
  return {
    clusterDiscoveryType: { case: 'type' as const, value: Cluster_DiscoveryType.ORIGINAL_DST },
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
    upstreamBindConfig: {
      sourceAddress: anyPortOf(loopbackSource.ipv4),
      extraSourceAddresses: ipv6 ? [{ address: anyPortOf(loopbackSource.ipv6) }] : [],
    },
  };
}

function anyPortOf(address: string) {
  return { address, portSpecifier: { case: 'portValue' as const, value: 0 } };
}

function common(name: string) {
  return { name, connectTimeout: duration(connectTimeoutMs), circuitBreakers: circuitBreakers({}) };
}

function serviceMetadata(port: InboundPortIr) {
  const { host, name, namespace } = port.service;
  return istioMetadata({ services: [{ host, name, namespace }] });
}
