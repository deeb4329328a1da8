import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import {
  agentAccessLogCluster,
  agentPolicyCluster,
  agentSdsCluster,
  agentXdsCluster,
  type SocketAddress,
} from '@malla/ir';
import {
  ClusterSchema,
  Cluster_DiscoveryType,
  type Cluster,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import type { AddressSchema } from '@malla/protos/gen/envoy/config/core/v3/address_pb';
import { HttpProtocolOptionsSchema } from '@malla/protos/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import { adminAddress, pipeAddress, tcpAddress, type AdminAddress } from './addresses.ts';
import { durationOf } from './durations.ts';

/** Cluster of Envoy's own admin interface, behind the Prometheus listener. Istio's name. */
export const prometheusCluster = 'prometheus_stats';
/** Cluster of the agent's HTTP server, behind the readiness listener. Istio's name. */
export const agentHttpCluster = 'agent';

const httpProtocolOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** The clusters through which Envoy reaches its agent: configuration, secrets and access logs, all on one Unix socket. */
export function agentClusters(socketPath: string): Cluster[] {
  return [agentXdsCluster, agentSdsCluster, agentAccessLogCluster, agentPolicyCluster].map((name) =>
    agentCluster(name, socketPath),
  );
}

/** Envoy's admin interface as an upstream. */
export function adminCluster(admin: AdminAddress): Cluster {
  return staticCluster(prometheusCluster, adminAddress(admin));
}

/** The agent's HTTP server (port 15020) as an upstream. */
export function agentHttp(address: SocketAddress): Cluster {
  return staticCluster(agentHttpCluster, tcpAddress(address));
}

function agentCluster(name: string, socketPath: string): Cluster {
  // The keep-alive finds an agent that hangs; a dead one closes the socket by itself.
  const keepalive = { interval: durationOf(30_000), timeout: durationOf(10_000) };
  const options = create(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions: {
      case: 'explicitHttpConfig',
      value: { protocolConfig: { case: 'http2ProtocolOptions', value: { connectionKeepalive: keepalive } } },
    },
  });
  const cluster = staticCluster(name, pipeAddress(socketPath));
  cluster.typedExtensionProtocolOptions = { [httpProtocolOptions]: anyPack(HttpProtocolOptionsSchema, options) };
  return cluster;
}

function staticCluster(name: string, address: MessageInitShape<typeof AddressSchema>): Cluster {
  return create(ClusterSchema, {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout: durationOf(1_000),
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: { address } } }] }],
    },
  });
}
