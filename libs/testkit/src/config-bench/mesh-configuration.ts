import type { Resource } from '@malla/model';

/** Shares of kinds in a mesh of 1,000 services with 3,000 resources; pods come on top. */
const perThousand = {
  virtualServices: 700,
  destinationRules: 700,
  authorizationPolicies: 300,
  serviceEntries: 150,
  namespaces: 50,
  sidecars: 40,
  peerAuthentications: 40,
  gateways: 20,
} as const;

const servicesOfNamespace = 20;

function object(apiVersion: string, kind: string, name: string, rest: object): Resource {
  return {
    apiVersion,
    kind,
    metadata: { name, ...('namespace' in rest ? rest : {}) } as Resource['metadata'],
    ...rest,
  };
}

/** A namespaced object. */
function inNamespace(apiVersion: string, kind: string, i: number, spec: object, more: object = {}): Resource {
  const metadata = { name: `${kind.toLowerCase()}-${i}`, namespace: namespaceOf(i), ...more };
  return { ...object(apiVersion, kind, metadata.name, { spec }), metadata };
}

const namespaceOf = (i: number) => `team-${Math.floor(i / servicesOfNamespace)}`;
const networking = 'networking.istio.io/v1';
const security = 'security.istio.io/v1';

function service(i: number): Resource {
  const spec = { selector: { app: `app-${i}` }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] };
  return { ...inNamespace('v1', 'Service', i, spec), metadata: { name: `app-${i}`, namespace: namespaceOf(i) } };
}

function pod(i: number, replica: number): Resource {
  const labels = { app: `app-${i}`, version: replica === 0 ? 'v1' : 'v2' };
  const containers = [
    { name: 'app', image: 'app:1' },
    { name: 'istio-proxy', image: 'proxyv2:1' },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `app-${i}-${replica}`, namespace: namespaceOf(i), labels },
    spec: { containers },
  };
}

function virtualService(i: number, services: number): Resource {
  const neighbour = `app-${(i + 1) % services}.${namespaceOf((i + 1) % services)}.svc.cluster.local`;
  const port = { number: 80 };
  return inNamespace(networking, 'VirtualService', i, {
    hosts: [`app-${i}`],
    http: [
      {
        match: [{ uri: { prefix: '/api' } }, { headers: { 'x-canary': { exact: 'yes' } } }],
        route: [{ destination: { host: `app-${i}`, subset: 'v2', port } }],
        timeout: '5s',
      },
      {
        route: [
          { destination: { host: `app-${i}`, subset: 'v1', port }, weight: 90 },
          { destination: { host: neighbour, port }, weight: 10 },
        ],
        retries: { attempts: 2, perTryTimeout: '1s' },
      },
    ],
  });
}

function destinationRule(i: number): Resource {
  return inNamespace(networking, 'DestinationRule', i, {
    host: `app-${i}`,
    trafficPolicy: { connectionPool: { tcp: { maxConnections: 100 } }, outlierDetection: { consecutive5xxErrors: 5 } },
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' } },
    ],
  });
}

function authorizationPolicy(i: number, services: number): Resource {
  const caller = namespaceOf((i + 1) % services);
  return inNamespace(security, 'AuthorizationPolicy', i, {
    selector: { matchLabels: { app: `app-${i}` } },
    rules: [
      {
        from: [{ source: { principals: [`cluster.local/ns/${caller}/sa/default`] } }],
        to: [{ operation: { methods: ['GET'], paths: ['/api/*'] } }],
      },
    ],
  });
}

function serviceEntry(i: number): Resource {
  return inNamespace(networking, 'ServiceEntry', i, {
    hosts: [`api-${i}.example.com`],
    ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
    resolution: 'DNS',
    location: 'MESH_EXTERNAL',
  });
}

function gateway(i: number): Resource {
  const hosts = [`team-${i}.example.com`];
  return inNamespace(networking, 'Gateway', i, {
    selector: { app: `app-${i}` },
    servers: [{ port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts }],
  });
}

/** Configuration of a mesh of so many services, of every kind in its share: 3,000 resources for 1,000 services. Without mistakes. */
export function meshConfiguration(services: number): Resource[] {
  const some = (share: number, make: (i: number) => Resource) =>
    Array.from({ length: Math.round((services * share) / 1000) }, (_, i) => make(i));
  const each = (make: (i: number) => Resource) => some(1000, make);
  const perNamespace = (kind: string, apiVersion: string, spec: object) => (n: number) =>
    inNamespace(apiVersion, kind, n * servicesOfNamespace, spec);
  return [
    ...some(perThousand.namespaces, (n) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `team-${n}`, labels: { 'istio-injection': 'enabled' } },
    })),
    ...each(service),
    ...some(perThousand.virtualServices, (i) => virtualService(i, services)),
    ...some(perThousand.destinationRules, destinationRule),
    ...some(perThousand.authorizationPolicies, (i) => authorizationPolicy(i, services)),
    ...some(perThousand.serviceEntries, serviceEntry),
    ...some(
      perThousand.sidecars,
      perNamespace('Sidecar', networking, { egress: [{ hosts: ['./*', 'istio-system/*'] }] }),
    ),
    ...some(
      perThousand.peerAuthentications,
      perNamespace('PeerAuthentication', security, { mtls: { mode: 'STRICT' } }),
    ),
    ...some(perThousand.gateways, gateway),
  ];
}

/** Two pods for each service, with a proxy. */
export function meshPods(services: number): Resource[] {
  return Array.from({ length: services }, (_, i) => [pod(i, 0), pod(i, 1)]).flat();
}
