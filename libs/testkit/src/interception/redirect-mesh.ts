import type { Proxy } from '@malla/ir';
import type { KnownResource } from '@malla/model';
import type { KubernetesChanges, MeshWorkload } from '@malla/snapshot';

/** Addresses of the three namespaces; every one has both families. */
export const addresses = {
  client: { ipv4: '10.200.0.1', ipv6: 'fd00:200::1' },
  server: { ipv4: '10.200.0.2', ipv6: 'fd00:200::2' },
  /** Where the outside is to the client, and to the server. */
  outside: { ipv4: '10.201.0.3', ipv6: 'fd00:201::3' },
  /** Where the server is to the outside. */
  serverToOutside: { ipv4: '10.202.0.2', ipv6: 'fd00:202::2' },
} as const;

/** Virtual addresses; nobody has them. */
export const virtual = {
  web: '10.96.0.10',
  db: '10.96.0.11',
  safe: '10.96.0.12',
  guarded: '10.96.0.13',
  chat: '10.96.0.14',
  odd: '10.96.0.15',
  taped: '10.96.0.16',
  web6: 'fd00:96::10',
  db6: 'fd00:96::11',
};

/** Ports of the server's application by what they are. */
export const serverPorts = {
  web: 8080,
  safe: 8081,
  guarded: 8082,
  db: 9000,
  guardedTcp: 9001,
  /** Speaks first. */
  chat: 9002,
  /** No Service names these. */
  unnamed: 7000,
  unnamedGuarded: 7001,
  unnamedTcp: 7002,
} as const;

/** Where the outside passes bytes on to the server's `safe` port, and keeps them. */
export const tapePort = 7_777;

/** Where the outside says hello. */
const outsideGreeterPort = 5_001;

const proxied = { role: 'proxied' };

/** Services, routes and policies of the interception suite. */
export function redirectResources(): readonly KnownResource[] {
  return [
    ...['default', 'istio-system'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace' as const,
      metadata: { name },
    })),
    service('web', { clusterIP: virtual.web, selector: { app: 'web' } }, [
      { name: 'http', port: 80, targetPort: serverPorts.web },
      // The same port as the database's: one listener for each virtual address of TCP, one for HTTP.
      { name: 'http-alt', port: 9000, targetPort: serverPorts.web },
    ]),
    service('web6', { clusterIP: virtual.web6, selector: { app: 'web6' } }, [
      { name: 'http', port: 80, targetPort: serverPorts.web },
    ]),
    service('safe', { clusterIP: virtual.safe, selector: proxied }, [
      { name: 'http', port: 80, targetPort: serverPorts.safe },
    ]),
    service('taped', { clusterIP: virtual.taped, selector: { app: 'tape' } }, [
      { name: 'http', port: 80, targetPort: serverPorts.safe },
    ]),
    service('db', { clusterIP: virtual.db, selector: proxied }, [
      { name: 'tcp', port: 9000, targetPort: serverPorts.db },
    ]),
    service('db6', { clusterIP: virtual.db6, selector: proxied }, [
      { name: 'tcp', port: 9000, targetPort: serverPorts.db },
    ]),
    service('chat', { clusterIP: virtual.chat, selector: proxied }, [
      { name: 'tcp', port: 9002, targetPort: serverPorts.chat },
    ]),
    service('guarded', { clusterIP: virtual.guarded, selector: proxied }, [
      { name: 'http', port: 80, targetPort: serverPorts.guarded },
      { name: 'tcp', port: 9001, targetPort: serverPorts.guardedTcp },
    ]),
    // Ports that the proxies have listeners on themselves: a service there must not make them refuse their configuration.
    service(
      'odd',
      { clusterIP: virtual.odd, selector: proxied },
      [15_001, 15_006, 15_021, 15_090].map((port) => ({ name: `http-${port}`, port, targetPort: serverPorts.web })),
    ),
    ...routing(),
    ...security(),
  ];
}

function routing(): readonly KnownResource[] {
  const to = (subset: string, weight = 100) => ({ destination: { host: 'web', subset }, weight });
  return [
    {
      ...named('networking.istio.io/v1', 'DestinationRule', 'web'),
      spec: { host: 'web', subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) },
    },
    {
      ...named('networking.istio.io/v1', 'VirtualService', 'web'),
      spec: {
        hosts: ['web'],
        http: [
          { match: [{ headers: { 'x-want': { exact: 'v1' } } }], route: [to('v1')] },
          { route: [to('v1', 50), to('v2', 50)] },
        ],
      },
    },
  ] as KnownResource[];
}

function security(): readonly KnownResource[] {
  const stranger = { source: { notPrincipals: ['cluster.local/ns/default/sa/client'] } };
  const ports = [serverPorts.guarded, serverPorts.guardedTcp, serverPorts.unnamedGuarded].map(String);
  return [
    {
      ...named('security.istio.io/v1', 'PeerAuthentication', 'strict-port'),
      spec: {
        selector: { matchLabels: proxied },
        mtls: { mode: 'PERMISSIVE' },
        portLevelMtls: { [serverPorts.safe]: { mode: 'STRICT' } },
      },
    },
    {
      ...named('security.istio.io/v1', 'AuthorizationPolicy', 'only-client'),
      spec: {
        selector: { matchLabels: proxied },
        action: 'DENY',
        rules: [{ from: [stranger], to: [{ operation: { ports } }] }],
      },
    },
  ] as KnownResource[];
}

function named(apiVersion: string, kind: string, name: string) {
  return { apiVersion, kind, metadata: { name, namespace: 'default' } };
}

interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
}

function service(
  name: string,
  spec: { readonly clusterIP: string; readonly selector: Readonly<Record<string, string>> },
  ports: readonly ServicePort[],
): KnownResource {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ...spec, selector: { ...spec.selector }, ports: [...ports] },
  };
}

/** The server's workload, and a second version of `web` without a proxy in the namespace outside. */
export function redirectWorkloads(): readonly MeshWorkload[] {
  const common = { namespace: 'default', network: '', locality: '', cluster: 'local', weight: 1, healthy: true };
  const ports = Object.fromEntries(Object.values(serverPorts).map((port) => [String(port), port]));
  return [
    {
      ...common,
      name: 'web-v1',
      serviceAccount: 'web',
      labels: { app: 'web', version: 'v1', ...proxied },
      addresses: [addresses.server.ipv4],
      ports,
      mutualTls: true,
    },
    // The server once more, where peers reach it by IPv6.
    {
      ...common,
      name: 'web6-v1',
      serviceAccount: 'web',
      labels: { app: 'web6' },
      addresses: [addresses.server.ipv6],
      ports,
      mutualTls: true,
    },
    {
      ...common,
      name: 'web-v2',
      serviceAccount: 'web',
      labels: { app: 'web', version: 'v2' },
      addresses: [addresses.outside.ipv4],
      ports: { [serverPorts.web]: serverPorts.web },
      mutualTls: false,
    },
    // The server by way of the outside.
    {
      ...common,
      name: 'tape',
      serviceAccount: 'web',
      labels: { app: 'tape' },
      addresses: [addresses.outside.ipv4],
      ports: { [serverPorts.safe]: tapePort },
      mutualTls: true,
    },
  ];
}

/** A headless service of TCP: the server, and the outside, which has no proxy. */
export function redirectCluster(): KubernetesChanges {
  const host = 'store.default.svc.cluster.local';
  const common = {
    namespace: 'default',
    serviceAccount: 'web',
    labels: {},
    network: '',
    locality: '',
    cluster: 'local',
  };
  const member = { ...common, weight: 1, healthy: true, pod: true, listed: true } as const;
  const [{ server, outside }, { guardedTcp }] = [addresses, serverPorts];
  const members: readonly MeshWorkload[] = [
    { ...member, name: 'store-0', addresses: [server.ipv4], ports: { tcp: guardedTcp }, mutualTls: true },
    { ...member, name: 'store-1', addresses: [outside.ipv4], ports: { tcp: outsideGreeterPort }, mutualTls: false },
  ];
  const service = { host, name: 'store', namespace: 'default', exportTo: [], headless: true, listed: true } as const;
  const ports = [{ name: 'tcp', port: guardedTcp, targetPort: guardedTcp }];
  return { services: { upserts: [{ ...service, ports }] }, endpoints: new Map([[host, members]]) };
}

/** The proxies: of the client, and of `web` version 1. */
export function redirectProxy(who: 'client' | 'server'): Proxy {
  const server = who === 'server';
  const workload = server ? 'web-v1' : 'client-v1';
  return {
    id: `${workload}.default`,
    role: 'sidecar',
    dataPlane: 'envoy',
    namespace: 'default',
    serviceAccount: server ? 'web' : 'client',
    workload,
    labels: server ? { app: 'web', version: 'v1', ...proxied } : { app: 'client' },
    cluster: 'local',
    network: '',
    locality: '',
    version: '0.1.0',
    features: [],
    interception: { mode: 'REDIRECT', ipv6: true },
  };
}
