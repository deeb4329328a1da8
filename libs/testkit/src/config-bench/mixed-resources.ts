import type { Resource } from '@malla/model';

const networking = 'networking.istio.io/v1';
const security = 'security.istio.io/v1';
const gatewayApi = 'gateway.networking.k8s.io/v1';

type Maker = (i: number) => readonly [apiVersion: string, kind: string, body: object];

/** One of each kind that people write; each object has names, hosts and expressions of its own. */
const makers: readonly Maker[] = [
  virtualService,
  destinationRule,
  authorizationPolicy,
  (i) => ['v1', 'Service', { spec: { selector: { app: `app-${i}` }, ports: [{ name: 'http', port: 80 }] } }],
  virtualService,
  (i) => [
    networking,
    'ServiceEntry',
    {
      spec: {
        hosts: [`api-${i}.example.com`],
        ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
        resolution: 'DNS',
        endpoints: [{ address: `a-${i}.example.com`, ports: { tls: 8443 }, labels: { zone: 'a' } }],
      },
    },
  ],
  httpRoute,
  (i) => [
    networking,
    'WorkloadEntry',
    { spec: { address: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, labels: { app: `app-${i}` } } },
  ],
  (i) => [
    networking,
    'Gateway',
    {
      spec: {
        selector: { app: `edge-${i}` },
        servers: [
          {
            port: { number: 443, name: 'https', protocol: 'HTTPS' },
            hosts: [`shop/a-${i}.example.com`, `*.b-${i}.example.com`],
            tls: { mode: 'SIMPLE', credentialName: `cert-${i}` },
          },
        ],
      },
    },
  ],
  destinationRule,
  (i) => [
    security,
    'RequestAuthentication',
    {
      spec: {
        selector: { matchLabels: { app: `app-${i}` } },
        jwtRules: [{ issuer: `https://issuer-${i}.example.com`, jwksUri: `https://issuer-${i}.example.com/keys` }],
      },
    },
  ],
  (i) => [
    networking,
    'Sidecar',
    { spec: { workloadSelector: { labels: { app: `app-${i}` } }, egress: [{ hosts: ['./*', 'istio-system/*'] }] } },
  ],
  (i) => [
    security,
    'PeerAuthentication',
    {
      spec: {
        selector: { matchLabels: { app: `app-${i}` } },
        mtls: { mode: 'STRICT' },
        portLevelMtls: { 8080: { mode: 'PERMISSIVE' } },
      },
    },
  ],
  (i) => [
    'telemetry.istio.io/v1',
    'Telemetry',
    {
      spec: {
        selector: { matchLabels: { app: `app-${i}` } },
        tracing: [{ providers: [{ name: 'spans' }], randomSamplingPercentage: 5 }],
        accessLogging: [{ filter: { expression: `response.code >= ${400 + (i % 100)}` } }],
      },
    },
  ],
  (i) => [
    gatewayApi,
    'Gateway',
    {
      spec: {
        gatewayClassName: 'malla',
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: `*.c-${i}.example.com` }],
      },
    },
  ],
];

function virtualService(i: number): ReturnType<Maker> {
  const port = { number: 80 };
  return [
    networking,
    'VirtualService',
    {
      spec: {
        hosts: [`app-${i}`, `app-${i}.example.com`],
        http: [
          {
            match: [
              { uri: { prefix: '/api' }, method: { exact: 'GET' } },
              // As in real meshes, only some rules have an expression of their own.
              {
                uri: { regex: i % 5 === 0 ? `/v[0-9]+/app-${i}/.*` : '/v[0-9]+/.*' },
                headers: { 'x-canary': { exact: 'yes' } },
              },
            ],
            route: [{ destination: { host: `app-${i}`, subset: 'v2', port } }],
            timeout: '5s',
            headers: { request: { set: { 'x-from': 'mesh', 'x-start': '%START_TIME%' } } },
          },
          {
            route: [
              { destination: { host: `app-${i}`, subset: 'v1', port }, weight: 90 },
              { destination: { host: `app-${i + 1}.shop.svc.cluster.local`, port }, weight: 10 },
            ],
            retries: { attempts: 2, perTryTimeout: '1s', retryOn: '5xx,reset' },
          },
        ],
      },
    },
  ];
}

function destinationRule(i: number): ReturnType<Maker> {
  return [
    networking,
    'DestinationRule',
    {
      spec: {
        host: `app-${i}`,
        trafficPolicy: {
          connectionPool: { tcp: { maxConnections: 100, connectTimeout: '1s' }, http: { http2MaxRequests: 100 } },
          outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
          loadBalancer: { consistentHash: { httpCookie: { name: 'user', ttl: '0s' } } },
        },
        subsets: [
          { name: 'v1', labels: { version: 'v1' } },
          { name: 'v2', labels: { version: 'v2' }, trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } },
        ],
      },
    },
  ];
}

function authorizationPolicy(i: number): ReturnType<Maker> {
  return [
    security,
    'AuthorizationPolicy',
    {
      spec: {
        selector: { matchLabels: { app: `app-${i}` } },
        action: i % 4 === 0 ? 'DENY' : 'ALLOW',
        rules: [
          {
            from: [{ source: { principals: [`cluster.local/ns/team-${i}/sa/default`], ipBlocks: ['10.0.0.0/8'] } }],
            to: [{ operation: { methods: ['GET', 'POST'], paths: ['/api/*', '/v1/{*}/items'], ports: ['8080'] } }],
            when: [{ key: 'request.headers[x-team]', values: [`team-${i}`] }],
          },
        ],
      },
    },
  ];
}

function httpRoute(i: number): ReturnType<Maker> {
  return [
    gatewayApi,
    'HTTPRoute',
    {
      spec: {
        parentRefs: [{ name: 'front' }],
        hostnames: [`d-${i}.example.com`],
        rules: [
          {
            matches: [
              { path: { type: 'PathPrefix', value: '/api' }, method: 'GET' },
              { headers: [{ name: 'x-canary', value: 'yes' }] },
            ],
            filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-a', value: 'b' }] } }],
            backendRefs: [
              { name: `app-${i}`, port: 80, weight: 90 },
              { name: `app-${i + 1}`, port: 80, weight: 10 },
            ],
          },
        ],
      },
    },
  ];
}

/** So many resources of all kinds in turn, without mistakes. */
export function mixedResources(count: number): Resource[] {
  return Array.from({ length: count }, (_, i) => {
    const [apiVersion, kind, body] = (makers[i % makers.length] as Maker)(i);
    return { apiVersion, kind, metadata: { name: `${kind.toLowerCase()}-${i}`, namespace: `team-${i % 50}` }, ...body };
  });
}
