import { create, createRegistry, toJson, type JsonObject } from '@bufbuild/protobuf';
import { agentXdsCluster, type NodeMetadata, type SocketAddress } from '@malla/ir';
import { BootstrapSchema, type Bootstrap } from '@malla/protos/gen/envoy/config/bootstrap/v3/bootstrap_pb';
import { ApiConfigSource_ApiType, ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import { RouterSchema } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { DownstreamConnectionsConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb';
import { FixedHeapConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb';
import { HttpProtocolOptionsSchema } from '@malla/protos/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import { adminAddress, type AdminAddress } from './addresses.ts';
import { durationOf } from './durations.ts';
import { overloadManager, type OverloadLimits } from './overload.ts';
import { adminCluster, agentClusters, agentHttp } from './static-clusters.ts';
import { prometheusListener, readinessListener, type ListenerPlace } from './static-listeners.ts';
import { statsConfig } from './statistics.ts';

/** Who the proxy is, as it tells discovery. */
export interface BootstrapNode {
  /** Istio's form: `sidecar~<address>~<workload>.<namespace>~<namespace>.svc.<domain>`, or any unique name. */
  readonly id: string;
  /** Service cluster of the workload, such as `reviews.default`. */
  readonly cluster: string;
  readonly metadata: NodeMetadata;
  /** region/zone/subzone, possibly empty. */
  readonly locality: string;
}

/** What Envoy's bootstrap depends on. Everything else comes over xDS. */
export interface BootstrapParams {
  readonly node: BootstrapNode;
  /** The agent's Unix socket: ADS, SDS, access logs, and decisions of policy-telemetry. */
  readonly agentSocket: string;
  readonly admin: AdminAddress;
  /** The agent's HTTP server, asked for readiness. */
  readonly agentHttp: SocketAddress;
  /** Where Envoy's own metrics are served (15090 by custom); undefined for nowhere. */
  readonly prometheus?: ListenerPlace;
  /** Where readiness is served to probes from other hosts (15021 by custom); undefined for nowhere. */
  readonly readiness?: ListenerPlace;
  /** Which variant of ADS Envoy speaks with the agent. */
  readonly xds: 'delta' | 'sotw';
  /** Suffix of service hosts, such as `cluster.local`. */
  readonly domainSuffix: string;
  readonly limits: OverloadLimits;
  /** Prefixes of the statistics to keep; none: all. */
  readonly statsPrefixes: readonly string[];
}

/** Makes Envoy's bootstrap: the agent's socket is its only source of configuration and secrets. */
export function createBootstrap(params: BootstrapParams): Bootstrap {
  const { node, admin } = params;
  const { prometheus, readiness } = params;
  return create(BootstrapSchema, {
    node: { id: node.id, cluster: node.cluster, locality: locality(node.locality), metadata: jsonOf(node.metadata) },
    admin: { address: adminAddress(admin), ignoreGlobalConnLimit: true },
    dynamicResources: dynamicResources(params.xds),
    staticResources: {
      clusters: [...agentClusters(params.agentSocket), adminCluster(admin), agentHttp(params.agentHttp)],
      listeners: [
        ...(prometheus === undefined ? [] : [prometheusListener(prometheus)]),
        ...(readiness === undefined ? [] : [readinessListener(readiness)]),
      ],
    },
    statsConfig: statsConfig(params.domainSuffix, params.statsPrefixes),
    overloadManager: overloadManager(params.limits),
    layeredRuntime: {
      layers: [
        { name: 'static', layerSpecifier: { case: 'staticLayer', value: runtime } },
        { name: 'admin', layerSpecifier: { case: 'adminLayer', value: {} } },
      ],
    },
  });
}

const runtime = {
  // Istio's limit for user-written patterns: refuses those that would cost too much.
  're2.max_program_size.error_level': 32_768,
  // Limits for each caller and each path need values that are formats.
  'envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value': true,
};

/** Plain JSON, with absent keys left out. */
function jsonOf(metadata: NodeMetadata): JsonObject {
  return JSON.parse(JSON.stringify(metadata)) as JsonObject;
}

/** The bootstrap as Envoy reads it from a file (canonical protobuf JSON). */
export function bootstrapJson(bootstrap: Bootstrap): string {
  return `${JSON.stringify(toJson(BootstrapSchema, bootstrap, { registry: extensions }), undefined, 2)}\n`;
}

/** The messages that stand in an Any in a bootstrap. */
const extensions = createRegistry(
  HttpProtocolOptionsSchema,
  HttpConnectionManagerSchema,
  RouterSchema,
  DownstreamConnectionsConfigSchema,
  FixedHeapConfigSchema,
);

function dynamicResources(xds: BootstrapParams['xds']) {
  // No timeout: without a first configuration there is nothing right to serve, so Envoy stays not ready.
  const source = {
    resourceApiVersion: ApiVersion.V3,
    initialFetchTimeout: durationOf(0),
    configSourceSpecifier: { case: 'ads' as const, value: {} },
  };
  return {
    cdsConfig: source,
    ldsConfig: source,
    adsConfig: {
      apiType: xds === 'delta' ? ApiConfigSource_ApiType.DELTA_GRPC : ApiConfigSource_ApiType.GRPC,
      transportApiVersion: ApiVersion.V3,
      setNodeOnFirstMessageOnly: true,
      grpcServices: [
        {
          targetSpecifier: {
            case: 'envoyGrpc' as const,
            value: { clusterName: agentXdsCluster, retryPolicy: reconnect },
          },
        },
      ],
    },
  };
}

/** The agent is on this host and may just be restarting: come back sooner than Envoy's 30 s. */
const reconnect = { retryBackOff: { baseInterval: durationOf(200), maxInterval: durationOf(3_000) } };

function locality(text: string) {
  const [region = '', zone = '', subZone = ''] = text.split('/');
  return { region, zone, subZone };
}
