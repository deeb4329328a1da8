import type { KnownResource } from '@malla/model';
import type { Proxy } from '@malla/ir';
import type { MeshWorkload } from '@malla/snapshot';

/** A workload of the base mesh. */
export interface FixtureWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its applications by the workload's port; several ports may be one application. */
  readonly ports: Readonly<Record<number, Application>>;
  /** Whether a proxy stands in front of it. */
  readonly proxied: boolean;
  /** Services that its own proxy listens for, as `host:port`. */
  readonly calls: readonly string[];
  /** A gateway proxy, with no application; its ports are those that Gateways may listen on. Default: a sidecar. */
  readonly router?: boolean;
}

/** What listens on a workload's port. */
export type Application = 'http' | 'http2' | 'tls' | 'mutual-tls' | 'authorizer' | 'nothing';

const suffix = 'svc.cluster.local';
const reviewsPorts = { 8080: 'http', 8081: 'http', 8082: 'http', 8083: 'http2' } as const;

/** Every service port that clients of the mesh call. */
const serviceAddresses = [
  ...[9080, 9081, 9000, 9083].map((port) => `reviews.default.${suffix}:${port}`),
  `ratings.default.${suffix}:9080`,
  `details.other.${suffix}:9080`,
  `vault.default.${suffix}:443`,
  `safe.default.${suffix}:443`,
  `empty.default.${suffix}:9080`,
  `half.default.${suffix}:9080`,
  `extra.default.${suffix}:9080`,
];

/** The workloads of the base mesh: two clients, reviews in two versions behind proxies, servers without proxies, and a gateway. */
export const workloads: readonly FixtureWorkload[] = [
  client('web', 'default'),
  client('admin', 'other'),
  reviews('v1'),
  reviews('v2'),
  server('ratings-v1', { app: 'ratings' }, 'http'),
  { ...server('details-v1', { app: 'details' }, 'http'), namespace: 'other' },
  server('vault-v1', { app: 'vault' }, 'tls'),
  server('safe-v1', { app: 'safe' }, 'mutual-tls'),
  server('decider-v1', { app: 'decider' }, 'authorizer'),
  server('half-live', { app: 'half' }, 'http'),
  server('half-dead', { app: 'half' }, 'nothing'),
  {
    name: 'gateway',
    namespace: 'default',
    serviceAccount: 'gateway',
    labels: { istio: 'ingressgateway', app: 'gateway' },
    ports: { 8080: 'nothing', 8443: 'nothing', 9000: 'nothing', 7070: 'nothing' },
    proxied: true,
    calls: [],
    router: true,
  },
  // Registered by no one: cases reach it by a WorkloadEntry of their own.
  server('spare', {}, 'http'),
];

/** Workloads that the registry knows; `spare` is not one of them. */
export const registeredWorkloads = workloads.filter((workload) => workload.name !== 'spare');

function client(name: string, namespace: string): FixtureWorkload {
  return {
    name,
    namespace,
    serviceAccount: name,
    labels: { app: name, tier: 'front' },
    ports: {},
    proxied: true,
    calls: serviceAddresses,
  };
}

function reviews(version: string): FixtureWorkload {
  const labels = { app: 'reviews', version };
  return {
    name: `reviews-${version}`,
    namespace: 'default',
    serviceAccount: 'reviews',
    labels,
    ports: reviewsPorts,
    proxied: true,
    calls: [],
  };
}

function server(name: string, labels: Record<string, string>, application: Application): FixtureWorkload {
  return {
    name,
    namespace: 'default',
    serviceAccount: name,
    labels,
    ports: { 8080: application },
    proxied: false,
    calls: [],
  };
}

/** Addresses that a run of the suite chose. */
export interface FixtureAddresses {
  /** Port on 127.0.0.1 where peers reach `workload/port`: the proxy's, or the application's own. */
  readonly inbound: (workload: string, port: number) => number;
  /** Port on 127.0.0.1 where the application of `workload/port` listens. */
  readonly application: (workload: string, port: number) => number;
  /** Port on 127.0.0.1 where the proxy of a workload listens for `host:port`. */
  readonly outbound: (workload: string, service: string) => number;
  /** Port of a workload's HTTP proxy listener. */
  readonly httpProxy: (workload: string) => number;
}

/** Namespaces and services of the base mesh. */
export function baseResources(): readonly KnownResource[] {
  return [
    ...['default', 'other', 'istio-system'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace' as const,
      metadata: { name },
    })),
    service('reviews', [
      { name: 'http', port: 9080, targetPort: 8080 },
      { name: 'http-alt', port: 9081, targetPort: 8081 },
      { name: 'tcp-raw', port: 9000, targetPort: 8082 },
      { name: 'http2', port: 9083, targetPort: 8083 },
    ]),
    service('ratings', [{ name: 'http', port: 9080, targetPort: 8080 }]),
    service('details', [{ name: 'http', port: 9080, targetPort: 8080 }], 'other'),
    service('decider', [{ name: 'grpc', port: 9083, targetPort: 8080 }]),
    service('vault', [{ name: 'http', port: 443, targetPort: 8080 }]),
    service('safe', [{ name: 'http', port: 443, targetPort: 8080 }]),
    service('empty', [{ name: 'http', port: 9080, targetPort: 8080 }]),
    service('half', [{ name: 'http', port: 9080, targetPort: 8080 }]),
    // Port 7070 is not in it, so that it is listened on as it is.
    service('gateway', [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'https', port: 443, targetPort: 8443 },
      { name: 'tcp', port: 9000, targetPort: 9000 },
    ]),
  ];
}

interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
}

function service(name: string, ports: readonly ServicePort[], namespace = 'default'): KnownResource {
  const metadata = { name, namespace };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: name }, ports: [...ports] } };
}

/** The registry's record of a workload. */
export function registeredWorkload(workload: FixtureWorkload, addresses: FixtureAddresses): MeshWorkload {
  const { name, namespace, serviceAccount, labels, proxied } = workload;
  const ports = Object.keys(workload.ports).map((port) => [port, addresses.inbound(name, Number(port))] as const);
  return {
    ...{ name, namespace, serviceAccount, labels },
    addresses: ['127.0.0.1'],
    ports: Object.fromEntries(ports),
    network: '',
    locality: '',
    cluster: 'local',
    weight: 1,
    mutualTls: proxied && workload.router !== true,
    healthy: true,
  };
}

/** The proxy in front of a workload, with explicit listeners (interception NONE). */
export function proxyOf(workload: FixtureWorkload, addresses: FixtureAddresses): Proxy {
  const { name, namespace, serviceAccount, labels, router = false } = workload;
  const local = (port: number) => ({ address: '127.0.0.1', port });
  return {
    ...{ id: `${name}.${namespace}`, namespace, serviceAccount, workload: name, labels },
    role: router ? 'router' : 'sidecar',
    dataPlane: 'envoy',
    cluster: 'local',
    network: '',
    locality: '',
    version: '0.1.0',
    features: [],
    interception: {
      mode: 'NONE',
      outbound: workload.calls.map((called) => {
        const [host = '', port] = called.split(':');
        return { host, port: Number(port), bind: local(addresses.outbound(name, called)) };
      }),
      inbound: (router ? [] : Object.keys(workload.ports).map(Number)).map((targetPort) => ({
        targetPort,
        bind: local(addresses.inbound(name, targetPort)),
        forwardTo: local(addresses.application(name, targetPort)),
      })),
      ...(workload.calls.length === 0 ? {} : { httpProxy: local(addresses.httpProxy(name)) }),
    },
  };
}

/** The SPIFFE id of a workload of the base mesh. */
export function identityOf(workload: FixtureWorkload): string {
  return `spiffe://cluster.local/ns/${workload.namespace}/sa/${workload.serviceAccount}`;
}

/** A workload of the base mesh by name. @throws Error for a name that a case mistyped */
export function workloadNamed(name: string): FixtureWorkload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) throw new Error(`the base mesh has no workload ${name}`);
  return found;
}

/** `reviews:9080` or `details.other:9080` as fully qualified host and port. */
export function calledService(to: string): {
  readonly host: string;
  readonly port: number;
  readonly shortName: string;
} {
  const [name = '', port] = to.split(':');
  const [shortName = '', namespace = 'default'] = name.split('.');
  return { host: `${shortName}.${namespace}.${suffix}`, port: Number(port), shortName };
}

/** The label that an application's answers carry: v1 and v2 for reviews, the workload's name for the others. */
export function versionOf(workload: FixtureWorkload): string {
  return workload.labels['version'] ?? workload.name;
}
