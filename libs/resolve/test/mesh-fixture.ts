import type { DestinationIr, EndpointSetIr, InboundIr, OutboundIr, Proxy, RouteIr, VirtualHostIr } from '@malla/ir';
import { checkObject, parseManifests, type KnownResource } from '@malla/model';
import {
  applyChanges,
  emptySnapshot,
  scopeOf,
  viewOf,
  type MeshOptions,
  type MeshSnapshot,
  type MeshWorkload,
} from '@malla/snapshot';
import { layoutOf, Resolver, type Diagnostic, type OutboundLayout } from '../src/index.ts';

/** The resources of a YAML text. @throws Error if the model refuses one: fixtures are what users can write */
export function resourcesOf(yaml: string): readonly KnownResource[] {
  const { resources, problems } = parseManifests(yaml);
  const found = [...problems, ...resources.flatMap(({ resource }) => checkObject(resource))];
  if (found.length > 0) throw new Error(JSON.stringify(found));
  return resources.map(({ resource }) => {
    const { metadata } = resource;
    const scoped =
      resource.kind === 'Namespace' ? metadata : { ...metadata, namespace: metadata.namespace ?? 'default' };
    return { ...resource, metadata: scoped } as unknown as KnownResource;
  });
}

/** A live workload of namespace `default` on port 8080. */
export function workload(name: string, labels: Record<string, string>, more: Partial<MeshWorkload> = {}): MeshWorkload {
  return {
    name,
    namespace: 'default',
    serviceAccount: labels['app'] ?? 'default',
    labels,
    addresses: ['10.1.0.1'],
    ports: {},
    network: '',
    locality: '',
    cluster: 'local',
    weight: 1,
    mutualTls: true,
    healthy: true,
    ...more,
  };
}

/** Service of namespace `default` with HTTP on 9080 (target 8080), selecting by `app`. */
export function service(name: string, namespace = 'default'): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { app: ${name} }
  ports: [{ name: http, port: 9080, targetPort: 8080 }]
`;
}

/** Services reviews, ratings and details; reviews runs in v1 and v2. */
export const bookinfo = service('reviews') + service('ratings') + service('details');

const bookinfoWorkloads = [
  workload('reviews-v1', { app: 'reviews', version: 'v1' }, { addresses: ['10.1.0.1'] }),
  workload('reviews-v2', { app: 'reviews', version: 'v2' }, { addresses: ['10.1.0.2'] }),
  workload('ratings-v1', { app: 'ratings', version: 'v1' }, { addresses: ['10.1.0.3'] }),
];

/** A VirtualService for reviews in namespace `default`. `http` is YAML, indented or not. */
export function reviewsRoutes(http: string, name = 'reviews'): string {
  const body = http
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  return `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: default }
spec:
  hosts: [reviews]
  http:
${body}
`;
}

/** A DestinationRule for reviews. `spec` is YAML without the host. */
export function reviewsRule(spec: string): string {
  const body = spec
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: default }
spec:
  host: reviews
${body}
`;
}

export interface ClientOptions {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly locality?: string;
  readonly layout?: OutboundLayout;
}

const everyLayout: OutboundLayout = { perService: true, perPort: true, httpProxy: true };
export const reviewsHost = 'reviews.default.svc.cluster.local';

/** A mesh under test: resources from YAML, and questions about what comes out. */
export class Mesh {
  readonly resolver = new Resolver();
  snapshot: MeshSnapshot;

  constructor(
    yaml = bookinfo,
    workloads: readonly MeshWorkload[] = bookinfoWorkloads,
    options: Partial<MeshOptions> = {},
  ) {
    this.snapshot = applyChanges(emptySnapshot(options), {
      upserts: resourcesOf(yaml),
      workloads: { upserts: workloads },
    });
  }

  apply(yaml: string): this {
    this.snapshot = applyChanges(this.snapshot, { upserts: resourcesOf(yaml) });
    return this;
  }

  outbound({
    namespace = 'default',
    labels = {},
    locality = '',
    layout = everyLayout,
  }: ClientOptions = {}): OutboundIr {
    const scope = scopeOf(this.snapshot, proxyOf({ namespace, labels, locality }));
    return this.resolver.outbound(viewOf(this.snapshot, scope), layout);
  }

  diagnostics({ namespace = 'default', labels = {}, layout = everyLayout }: ClientOptions = {}): readonly Diagnostic[] {
    const scope = scopeOf(this.snapshot, proxyOf({ namespace, labels }));
    return this.resolver.outboundDiagnostics(viewOf(this.snapshot, scope), layout);
  }

  /** The virtual host of a service port, as it stands among the others of its port. */
  virtualHost(host = reviewsHost, client: ClientOptions = {}, port = 9080): VirtualHostIr | undefined {
    const config = this.outbound(client).routeConfigs.find((c) => c.name === String(port));
    return config?.virtualHosts.find((v) => v.name === `${host}:${port}`);
  }

  routes(client: ClientOptions = {}, host = reviewsHost): readonly RouteIr[] {
    return this.virtualHost(host, client)?.routes ?? [];
  }

  cluster(subset = '', client: ClientOptions = {}, host = reviewsHost): DestinationIr | undefined {
    return this.outbound(client).destinations.find((d) => d.name === `outbound|9080|${subset}|${host}`);
  }

  endpoints(subset = '', client: ClientOptions = {}, host = reviewsHost): EndpointSetIr | undefined {
    return this.outbound(client).endpoints.find((e) => e.cluster === `outbound|9080|${subset}|${host}`);
  }

  inboundDiagnostics(proxy: Partial<Proxy> = {}): readonly Diagnostic[] {
    return this.resolver.inboundDiagnostics(this.snapshot, proxyOf(proxy));
  }

  inbound(proxy: Partial<Proxy> = {}): InboundIr {
    return this.resolver.inbound(this.snapshot, proxyOf(proxy));
  }
}

/** A proxy with interception REDIRECT in namespace `default`, in front of a reviews workload unless said otherwise. */
export function proxyOf(more: Partial<Proxy> = {}): Proxy {
  return {
    id: 'reviews-v1.default',
    role: 'sidecar',
    dataPlane: 'envoy',
    namespace: 'default',
    serviceAccount: 'reviews',
    workload: 'reviews-v1',
    labels: { app: 'reviews', version: 'v1' },
    cluster: '',
    network: '',
    locality: '',
    version: '0.1.0',
    features: [],
    interception: { mode: 'REDIRECT' },
    ...more,
  };
}

export { layoutOf };
