import {
  meshSni,
  outboundClusterName,
  PrivateText,
  serviceRouteConfigName,
  virtualInboundName,
  virtualOutboundName,
  type ClientTlsIr,
  type ConnectionPoolIr,
  type DestinationIr,
  type EndpointSetIr,
  type FaultIr,
  type ForwardIr,
  type HashPolicyIr,
  type HeaderEditsIr,
  type InboundIr,
  type ListenerIr,
  type LoadBalancerIr,
  type OutboundIr,
  type OutlierDetectionIr,
  type RedirectIr,
  type RetryIr,
  type RewriteIr,
  type RouteConfigIr,
  type RouteIr,
  type RouteMatchIr,
} from '@malla/ir';
import fc from 'fast-check';
import { arbitraryInbound } from './arbitrary-inbound.ts';
import {
  headerName,
  milliseconds,
  name,
  origin,
  path,
  percent,
  port,
  protocol,
  regex,
  text,
  valueMatch,
} from './arbitrary-values.ts';
import { gatewayListeners } from './gateway-listeners.ts';
import { sampleHost } from './sample-ir.ts';

/** The halves of a proxy's configuration with its listeners, as resolve and bind could make them. */
export interface ArbitraryProxy {
  readonly outbound: OutboundIr;
  readonly inbound: InboundIr;
  readonly listeners: readonly ListenerIr[];
}

const operations = fc.record({
  set: fc.array(fc.tuple(headerName, text), { maxLength: 2 }),
  add: fc.array(fc.tuple(headerName, text), { maxLength: 2 }),
  remove: fc.array(headerName, { maxLength: 2 }),
});
const headerEdits: fc.Arbitrary<HeaderEditsIr> = fc.record({ request: operations, response: operations });

const routeMatch: fc.Arbitrary<RouteMatchIr> = fc.record(
  {
    path: fc.oneof(
      fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const), value: path, ignoreCase: fc.boolean() }),
      fc.record({ kind: fc.constant('regex' as const), value: regex, ignoreCase: fc.boolean() }),
    ),
    method: valueMatch,
    authority: valueMatch,
    headers: fc.array(fc.record({ name: headerName, match: valueMatch, inverted: fc.boolean() }), { maxLength: 2 }),
    queryParameters: fc.array(fc.record({ name, match: valueMatch }), { maxLength: 2 }),
  },
  { requiredKeys: ['path', 'headers', 'queryParameters'] },
);

const hash: fc.Arbitrary<HashPolicyIr> = fc.oneof(
  fc.record({ kind: fc.constant('header' as const), name: headerName }),
  fc.record(
    { kind: fc.constant('cookie' as const), name, path, ttlMs: fc.constantFrom(0, 5000) },
    { requiredKeys: ['kind', 'name'] },
  ),
  fc.constant({ kind: 'source-ip' as const }),
  fc.record({ kind: fc.constant('query-parameter' as const), name }),
);

const retry: fc.Arbitrary<RetryIr> = fc.record(
  {
    attempts: fc.integer({ min: 1, max: 10 }),
    perTryTimeoutMs: milliseconds,
    retryOn: fc.subarray(['5xx', 'connect-failure', 'refused-stream', 'unavailable', 'retriable-status-codes'], {
      minLength: 1,
    }),
    retriableStatusCodes: fc.array(fc.integer({ min: 400, max: 599 }), { maxLength: 2 }),
    backoffBaseMs: fc.constantFrom(1, 25, 1000),
    ignorePreviousHosts: fc.boolean(),
  },
  { requiredKeys: ['attempts', 'retryOn', 'retriableStatusCodes', 'backoffBaseMs', 'ignorePreviousHosts'] },
);

const rewrite: fc.Arbitrary<RewriteIr> = fc.oneof(
  fc.record({ kind: fc.constant('prefix' as const), value: path }),
  fc.record({ kind: fc.constant('full' as const), value: fc.oneof(path, fc.constant('/a\\1')) }),
  fc.constant({ kind: 'regex' as const, match: '/items/([0-9]+)', substitution: '/i/\\1' }),
);

const fault: fc.Arbitrary<FaultIr> = fc.record(
  {
    delay: fc.record({ ms: milliseconds, percent }),
    abort: fc.record({ httpStatus: fc.constantFrom(200, 418, 503, 599), percent }),
  },
  { requiredKeys: [] },
);

const clusterName = fc
  .tuple(port, fc.constantFrom('', 'v1', 'v2'), name)
  .map(([p, subset, host]) => outboundClusterName(p, subset, sampleHost(host)));

const forward: fc.Arbitrary<ForwardIr> = fc.record(
  {
    kind: fc.constant('forward' as const),
    destinations: fc.array(
      fc.record(
        { cluster: clusterName, weight: fc.integer({ min: 1, max: 1000 }), headers: headerEdits, hostRewrite: name },
        { requiredKeys: ['cluster', 'weight', 'headers'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    timeoutMs: fc.oneof(fc.constant(0), milliseconds),
    retry,
    rewrite,
    hostRewrite: name,
    mirrors: fc.array(fc.record({ cluster: clusterName, percent }), { maxLength: 2 }),
    hash: fc.array(hash, { maxLength: 2 }),
  },
  { requiredKeys: ['kind', 'destinations', 'timeoutMs', 'mirrors', 'hash'] },
);

const redirect: fc.Arbitrary<RedirectIr> = fc.record(
  {
    kind: fc.constant('redirect' as const),
    path,
    authority: name,
    port: fc.oneof(port, fc.constantFrom('protocol-default' as const, 'request-port' as const)),
    scheme: fc.constantFrom('http' as const, 'https' as const),
    code: fc.constantFrom(301 as const, 302 as const, 303 as const, 307 as const, 308 as const),
  },
  { requiredKeys: ['kind', 'code'] },
);

const directResponse = fc.record({
  kind: fc.constant('direct-response' as const),
  status: fc.integer({ min: 200, max: 599 }),
  body: text,
});

const route: fc.Arbitrary<RouteIr> = fc.record(
  {
    name,
    match: routeMatch,
    action: fc.oneof({ weight: 3, arbitrary: forward }, redirect, directResponse),
    headers: headerEdits,
    fault,
    origin: origin('VirtualService'),
  },
  { requiredKeys: ['name', 'match', 'action', 'headers'] },
);

const loadBalancer: fc.Arbitrary<LoadBalancerIr> = fc.oneof(
  fc.record({ kind: fc.constantFrom('least-request' as const, 'round-robin' as const, 'random' as const) }),
  fc.record({
    kind: fc.constant('ring-hash' as const),
    minimumRingSize: fc.constantFrom(1, 1024, 8_388_608),
    hash: fc.array(hash, { maxLength: 1 }),
  }),
  fc.record({
    kind: fc.constant('maglev' as const),
    tableSize: fc.constantFrom(2, 65_537),
    hash: fc.array(hash, { maxLength: 1 }),
  }),
);

const limit = fc.constantFrom(1, 100, 0xffff_ffff);
const pool: fc.Arbitrary<ConnectionPoolIr> = fc.record(
  {
    maxConnections: limit,
    maxPendingRequests: limit,
    maxRequests: limit,
    maxRetries: limit,
    maxRequestsPerConnection: fc.constantFrom(0, 1, 100),
    maxConnectionDurationMs: milliseconds,
    tcpIdleTimeoutMs: milliseconds,
    httpIdleTimeoutMs: milliseconds,
    maxConcurrentStreams: fc.constantFrom(1, 100, 2_147_483_647),
  },
  { requiredKeys: [] },
);

const outlier: fc.Arbitrary<OutlierDetectionIr> = fc.record({
  consecutive5xx: fc.constantFrom(0, 1, 5),
  consecutiveGatewayErrors: fc.constantFrom(0, 1, 5),
  splitLocalOriginErrors: fc.boolean(),
  consecutiveLocalOriginFailures: fc.constantFrom(0, 1, 5),
  intervalMs: milliseconds,
  baseEjectionMs: milliseconds,
  maxEjectionPercent: fc.integer({ min: 0, max: 100 }),
  minHealthPercent: fc.integer({ min: 0, max: 100 }),
});

const sans = fc.array(fc.constantFrom('spiffe://cluster.local/ns/a/sa/b', 'example.com', '10.0.0.1'), { maxLength: 2 });
const tls: fc.Arbitrary<ClientTlsIr> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('auto' as const, 'mesh' as const),
    sni: fc.constant(meshSni(80, '', 'a.b')),
    subjectAltNames: sans,
  }),
  fc.constant({ kind: 'plain' as const }),
  fc.record(
    {
      kind: fc.constant('origination' as const),
      sni: fc.constant('example.com'),
      subjectAltNames: sans,
      insecureSkipVerify: fc.boolean(),
      caSecret: fc.constant('kubernetes://c-cacert'),
      certificateSecret: fc.constant('kubernetes://c'),
    },
    { requiredKeys: ['kind', 'subjectAltNames', 'insecureSkipVerify'] },
  ),
);

const originalDestination = { originalDestination: true } as const;

const destination: fc.Arbitrary<DestinationIr> = fc
  .record(
    {
      host: name,
      port,
      subset: fc.constantFrom('', 'v1'),
      protocol,
      connectTimeoutMs: milliseconds,
      loadBalancer,
      pool,
      outlier,
      tls,
      origin: origin('DestinationRule'),
    },
    { requiredKeys: ['host', 'port', 'subset', 'protocol', 'connectTimeoutMs', 'loadBalancer', 'pool', 'tls'] },
  )
  .map(({ host, ...rest }) => ({
    ...rest,
    // TCP of headless services; whether to use TLS is decided then. Secrets by ADS are left out: Envoy's validation of files ends with SIGSEGV for them
    // in a static cluster of this type, which is none where clusters come by ADS as well.
    ...(rest.protocol === 'tcp' &&
      ['mesh', 'plain'].includes(rest.tls.kind) &&
      rest.port % 2 === 0 &&
      originalDestination),
    name: outboundClusterName(rest.port, rest.subset, sampleHost(host)),
    service: { host: sampleHost(host), name: host, namespace: 'default' },
  }));

const address = fc.record({ address: fc.constantFrom('10.0.0.1', '::1', '2001:db8::7'), port });
const endpoint = fc
  .record({
    at: address,
    weight: fc.integer({ min: 1, max: 1000 }),
    healthy: fc.boolean(),
    mutualTls: fc.boolean(),
    workload: fc.record({ name, namespace: name, canonicalService: name, revision: name, cluster: name }),
  })
  .map(({ at, ...rest }) => ({ ...at, ...rest }));
const locality = fc.record({
  locality: fc.constantFrom('', 'r', 'r/z', 'r/z/s'),
  endpoints: fc.uniqueArray(endpoint, { maxLength: 3, selector: (e) => `${e.address} ${e.port}` }),
});

function endpointSet(cluster: string): fc.Arbitrary<EndpointSetIr> {
  const localities = fc.uniqueArray(locality, { maxLength: 2, selector: (l) => l.locality });
  return fc.record({ cluster: fc.constant(cluster), localities });
}

const routeConfig: fc.Arbitrary<RouteConfigIr> = fc
  .tuple(name, port, fc.array(fc.array(route, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 }))
  .map(([host, p, hosts]) => ({
    name: serviceRouteConfigName(sampleHost(host), p),
    virtualHosts: hosts.map((routes, i) => ({
      name: serviceRouteConfigName(sampleHost(`${host}${i}`), p),
      domains: i === 0 ? ['*'] : [sampleHost(`${host}${i}`), `${host}${i}`, '10.0.0.9'],
      routes,
    })),
  }));

const secrets = fc.constantFrom<OutboundIr['secrets']>(
  [],
  [
    { kind: 'certificate', name: 'kubernetes://c', chainPem: 'c', keyPem: new PrivateText('k') },
    { kind: 'ca', name: 'kubernetes://c-cacert', pem: 'p' },
  ],
);

const outbound: fc.Arbitrary<OutboundIr> = fc
  .record({
    destinations: fc.uniqueArray(destination, { minLength: 1, maxLength: 3, selector: (d) => d.name }),
    routeConfigs: fc.uniqueArray(routeConfig, { minLength: 1, maxLength: 2, selector: (c) => c.name }),
    secrets,
  })
  .chain((half) =>
    fc
      .tuple(...half.destinations.map((d) => endpointSet(d.name)))
      .map((endpoints) => ({ services: [], endpoints, ...half })),
  );

type Halves = Pick<ArbitraryProxy, 'outbound' | 'inbound'>;

const layouts = {
  NONE: explicit,
  REDIRECT: captured,
  gateway: ({ outbound: half, inbound }: Halves): ListenerIr[] => {
    const http = inbound.ports.find(({ protocol: spoken }) => spoken !== 'tcp')?.authorization ?? { deny: [] };
    return gatewayListeners(half, { ...inbound, http, tcp: inbound.passthrough.authorization });
  },
};

/** Any configuration of a proxy, in any layout. */
export const arbitraryProxy: fc.Arbitrary<ArbitraryProxy> = fc
  .record({
    outbound,
    inbound: arbitraryInbound,
    layout: fc.constantFrom('REDIRECT' as const, 'NONE' as const, 'gateway' as const),
  })
  .map(({ layout, ...halves }) => ({ ...halves, listeners: layouts[layout](halves) }));

function services({ outbound: half }: Halves, bindToPort: boolean): ListenerIr[] {
  const http = half.routeConfigs.map(({ name: routeConfig }, i) => ({
    kind: 'outbound-http' as const,
    name: `http_${i}`,
    bind: { address: '127.0.0.1', port: 20_000 + i },
    bindToPort,
    routeConfig,
  }));
  const tcp = half.destinations.map(({ name: cluster }, i) => ({
    kind: 'outbound-tcp' as const,
    name: `tcp_${i}`,
    bind: { address: '127.0.0.1', port: 21_000 + i },
    bindToPort,
    cluster,
  }));
  return [...http, ...tcp];
}

function explicit(halves: Halves): ListenerIr[] {
  const { ports, trustDomains } = halves.inbound;
  const own = ports.map((inboundPortIr, i) => ({
    kind: 'inbound' as const,
    name: `in_${i}`,
    bind: { address: '127.0.0.1', port: 22_000 + i },
    forwardTo: { address: '127.0.0.1', port: 23_000 + i },
    port: inboundPortIr,
    trustDomains,
  }));
  return [...services(halves, true), ...own];
}

function captured(halves: Halves): ListenerIr[] {
  const bind = (p: number) => ({ address: '0.0.0.0', port: p });
  return [
    { kind: 'virtual-outbound', name: virtualOutboundName, bind: bind(15_001) },
    { kind: 'virtual-inbound', name: virtualInboundName, bind: bind(15_006), inbound: halves.inbound },
    ...services(halves, false),
  ];
}
