import type {
  Address,
  ClusterConfig,
  EndpointConfig,
  EndpointsConfig,
  FilterChainConfig,
  FilterChainMatch,
  ListenerConfig,
  NetworkFilterConfig,
  TcpProxyConfig,
} from '@malla/proxy-config';

/** An address on loopback; port 0 lets the kernel choose. */
export function loopback(port = 0): Address {
  return { kind: 'tcp', address: '127.0.0.1', port };
}

export function listenerConfig(over: Partial<ListenerConfig> = {}): ListenerConfig {
  return {
    name: 'main',
    addresses: [loopback()],
    direction: 'inbound',
    bindToPort: true,
    useOriginalDst: false,
    listenerFilters: [],
    listenerFiltersTimeoutMs: 15_000,
    continueOnListenerFiltersTimeout: false,
    filterChains: [chainConfig()],
    perConnectionBufferLimitBytes: 1_048_576,
    ignoreGlobalConnectionLimit: false,
    metadata: {},
    ...over,
  };
}

export const matchAll: FilterChainMatch = {
  destinationRanges: [],
  serverNames: [],
  applicationProtocols: [],
  sourceRanges: [],
  sourcePorts: [],
};

export function chainConfig(over: Partial<FilterChainConfig> = {}): FilterChainConfig {
  return {
    name: 'chain',
    match: matchAll,
    transportSocketConnectTimeoutMs: 15_000,
    filters: [tcpFilter()],
    metadata: {},
    ...over,
  };
}

export function tcpFilter(over: Partial<TcpProxyConfig> = {}): NetworkFilterConfig {
  return { kind: 'tcp-proxy', name: 'tcp', config: tcpConfig(over) };
}

export function tcpConfig(over: Partial<TcpProxyConfig> = {}): TcpProxyConfig {
  return {
    statPrefix: 'tcp',
    clusters: [{ name: 'up', weight: 1 }],
    idleTimeoutMs: 3_600_000,
    maxConnectAttempts: 1,
    accessLog: [],
    flushAccessLogOnConnected: false,
    ...over,
  };
}

const unlimited = 4_294_967_295;
const limits = {
  maxConnections: unlimited,
  maxPendingRequests: unlimited,
  maxRequests: unlimited,
  maxRetries: unlimited,
  trackRemaining: false,
};
const http2 = {} as ClusterConfig['http']['http2'];
const http1 = {} as ClusterConfig['http']['http1'];

/** A static cluster of endpoints on loopback. */
export function clusterConfig(ports: readonly number[], over: Partial<ClusterConfig> = {}): ClusterConfig {
  return {
    name: 'up',
    discovery: { kind: 'static', endpoints: endpointsConfig(ports) },
    connectTimeoutMs: 5_000,
    loadBalancer: { kind: 'round-robin' },
    healthyPanicThreshold: 0,
    localityWeighted: false,
    limits,
    highPriorityLimits: limits,
    healthChecks: [],
    transportMatches: [],
    transport: { kind: 'plain' },
    http: {
      protocol: 'http1',
      http1,
      http2,
      idleTimeoutMs: 3_600_000,
      maxHeadersCount: 100,
      maxResponseHeadersKb: 60,
      autoSni: false,
      autoSanValidation: false,
    },
    bindAddresses: [],
    perConnectionBufferLimitBytes: 1_048_576,
    metadata: {},
    statName: 'up',
    ...over,
  };
}

export function endpointsConfig(ports: readonly number[], clusterName = 'up'): EndpointsConfig {
  return {
    clusterName,
    overprovisioningFactor: 140,
    localities: [
      {
        locality: { region: '', zone: '', subZone: '' },
        priority: 0,
        weight: 0,
        endpoints: ports.map((port) => endpointConfig(loopback(port))),
      },
    ],
  };
}

export function endpointConfig(address: Address, over: Partial<EndpointConfig> = {}): EndpointConfig {
  return { address, hostname: '', health: 'unknown', weight: 1, metadata: {}, ...over };
}
