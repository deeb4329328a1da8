import type { ClusterConfig } from '@malla/proxy-config';
import type { Cluster, Cluster_CommonLbConfig } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { readUpstreamSocket } from '../tls/transport-socket.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMetadata } from '../wire/metadata.ts';
import { readPercent } from '../wire/percent.ts';
import { readCircuitBreakers } from './circuit-breakers.ts';
import { readConnections } from './connections.ts';
import { readDiscovery } from './discovery.ts';
import { readHealthCheck } from './health-checks.ts';
import { readLoadBalancer } from './load-balancer.ts';
import { readOutlierDetection } from './outlier-detection.ts';
import { readSubsets } from './subsets.ts';
import { readUpstreamHttp } from './upstream-http.ts';

/** Envoy's default. */
const connectTimeoutMs = 5_000;
/** Envoy's default. */
const bufferLimitBytes = 1_048_576;

/** A cluster. */
export function readCluster(reader: FieldReader<Cluster>): ClusterConfig {
  // How long addresses of an original-destination cluster are remembered without traffic: its pools close when idle.
  reader.ignore('cleanupInterval');
  const name = reader.take('name');
  const statName = reader.take('altStatName');
  const outlier = reader.message('outlierDetection');
  const subsets = readSubsets(reader.message('lbSubsetConfig'));
  const common = readCommonLoadBalancing(reader.message('commonLbConfig'));
  const config: ClusterConfig = {
    name,
    discovery: readDiscovery(reader, name),
    connectTimeoutMs: reader.duration('connectTimeout') ?? connectTimeoutMs,
    ...readLoadBalancer(reader, common.localityWeighted),
    healthyPanicThreshold: common.healthyPanicThreshold,
    ...readCircuitBreakers(reader.message('circuitBreakers')),
    ...(outlier && { outlier: readOutlierDetection(outlier) }),
    healthChecks: reader.messages('healthChecks').map(readHealthCheck),
    ...readTransport(reader),
    http: readUpstreamHttp(reader),
    ...readConnections(reader),
    perConnectionBufferLimitBytes: reader.take('perConnectionBufferLimitBytes') ?? bufferLimitBytes,
    ...(subsets && { subsets }),
    metadata: readMetadata(reader.message('metadata')),
    statName: statName === '' ? name : statName,
  };
  refuseContradictions(reader, config);
  return config;
}

function readCommonLoadBalancing(
  reader: FieldReader<Cluster_CommonLbConfig> | undefined,
): Pick<ClusterConfig, 'healthyPanicThreshold' | 'localityWeighted'> {
  // Updates take effect at once; merging several is for speed alone.
  reader?.ignore('updateMergeWindow');
  const localityWeighted = reader?.oneof<'localityConfigSpecifier', boolean>('localityConfigSpecifier', {
    localityWeightedLbConfig: () => true,
  });
  return {
    healthyPanicThreshold: readPercent(reader?.message('healthyPanicThreshold')) ?? 50,
    localityWeighted: localityWeighted ?? false,
  };
}

function readTransport(reader: FieldReader<Cluster>): Pick<ClusterConfig, 'transport' | 'transportMatches'> {
  const names = new Set<string>();
  const transportMatches = reader.messages('transportSocketMatches').map((match) => {
    const name = match.take('name');
    if (names.has(name)) match.refuse('name', `${name} is there twice`);
    names.add(name);
    const labels = match.struct('match') ?? {};
    for (const value of Object.values(labels)) {
      if (typeof value !== 'string') match.refuse('match', 'values must be texts');
    }
    const socket = match.message('transportSocket');
    if (!socket) match.refuse('transportSocket', 'is required');
    const transport = readUpstreamSocket(socket);
    return { name, labels: labels as Readonly<Record<string, string>>, transport };
  });
  return { transport: readUpstreamSocket(reader.message('transportSocket')), transportMatches };
}

/** What Envoy refuses of a cluster as a whole. Original-destination clusters know their endpoint themselves, and only they. */
function refuseContradictions(reader: FieldReader<Cluster>, config: ClusterConfig): void {
  const { discovery, loadBalancer, subsets, healthChecks, http } = config;
  const transports = [config.transport, ...config.transportMatches.map(({ transport }) => transport)];
  if (http.protocol === 'alpn' && transports.some(({ kind }) => kind !== 'tls')) {
    reader.refuse('typedExtensionProtocolOptions', 'auto_config needs TLS to negotiate by, on every transport socket');
  }
  if (http.protocol === 'http1' && healthChecks.some(({ check }) => check.kind === 'grpc')) {
    reader.refuse('healthChecks', 'grpc_health_check needs HTTP/2');
  }
  const names = new Set(healthChecks.map(({ name }) => name));
  if (healthChecks.length > 1 && (names.has('') || names.size < healthChecks.length)) {
    reader.refuse('healthChecks', 'must each have a name of their own');
  }
  const original = discovery.kind === 'original-dst';
  if (original !== (loadBalancer.kind === 'cluster-provided')) {
    reader.refuse('lbPolicy', 'must be CLUSTER_PROVIDED for clusters of type ORIGINAL_DST, and only for them');
  }
  if (original && subsets) reader.refuse('lbSubsetConfig', 'is not for clusters of type ORIGINAL_DST');
}
