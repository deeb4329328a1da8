import { noHeaderEdits, type ForwardIr, type RouteActionIr } from '@malla/ir';
import type {
  ForwardExtras,
  HttpManagerConfig,
  RouteConfig,
  RouteTableConfig,
  VirtualHostConfig,
} from '@malla/proxy-config';

const http1 = { acceptHttp10: true, defaultHostForHttp10: '', allowAbsoluteUrl: true, enableTrailers: false };

/** A connection manager with a router and nothing else. */
export function managerConfig(change: Partial<HttpManagerConfig> = {}): HttpManagerConfig {
  return {
    statPrefix: 'in',
    codec: 'auto',
    routes: { kind: 'inline', table: routeTable([]) },
    filters: [{ name: 'router', disabled: false, kind: 'router', config: { suppressEnvoyHeaders: false } }],
    accessLog: [],
    useRemoteAddress: false,
    xffNumTrustedHops: 0,
    normalizePath: true,
    mergeSlashes: false,
    pathWithEscapedSlashes: 'keep',
    serverHeader: 'overwrite',
    serverName: 'envoy',
    forwardClientCert: 'sanitize',
    clientCertDetails: { subject: false, uri: false, dns: false, cert: false, chain: false },
    upgrades: ['websocket'],
    streamIdleTimeoutMs: 300_000,
    requestTimeoutMs: 0,
    requestHeadersTimeoutMs: 0,
    idleTimeoutMs: 3_600_000,
    drainTimeoutMs: 5_000,
    maxRequestHeadersKb: 60,
    maxHeadersCount: 100,
    headersWithUnderscores: 'allow',
    http1,
    http2: {
      maxConcurrentStreams: 100,
      initialStreamWindowSize: 65_535,
      initialConnectionWindowSize: 65_535,
      hpackTableSize: 4096,
      allowConnect: true,
    },
    generateRequestId: true,
    preserveExternalRequestId: false,
    alwaysSetRequestIdInResponse: false,
    via: '',
    skipXffAppend: false,
    stripMatchingHostPort: false,
    stripAnyHostPort: false,
    ...change,
  };
}

export function routeTable(routes: readonly RouteConfig[], host: Partial<VirtualHostConfig> = {}): RouteTableConfig {
  return {
    name: 'routes',
    validateClusters: false,
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes,
        filters: new Map(),
        includeRequestAttemptCount: false,
        includeAttemptCountInResponse: false,
        rateLimits: [],
        ...host,
      },
    ],
  };
}

export function route(prefix: string, action: RouteActionIr, change: Partial<RouteConfig> = {}): RouteConfig {
  return {
    name: `route ${prefix}`,
    match: { path: { kind: 'prefix', value: prefix, ignoreCase: false }, headers: [], queryParameters: [] },
    action,
    headers: noHeaderEdits,
    filters: new Map(),
    metadata: {},
    ...(action.kind === 'forward' && { forward: forwardExtras() }),
    ...change,
  };
}

export function forwardTo(cluster: string, change: Partial<ForwardIr> = {}): ForwardIr {
  return {
    kind: 'forward',
    destinations: [{ cluster, weight: 1, headers: noHeaderEdits }],
    timeoutMs: 15_000,
    mirrors: [],
    hash: [],
    ...change,
  };
}

export function forwardExtras(change: Partial<ForwardExtras> = {}): ForwardExtras {
  return {
    autoHostRewrite: false,
    upgrades: new Map(),
    clusterNotFoundStatus: 503,
    rateLimits: [],
    includeVirtualHostRateLimits: false,
    destinations: [],
    hostSelectionRetryMaxAttempts: 1,
    retriableHeaders: [],
    retriableRequestHeaders: [],
    ...change,
  };
}
