import fc from 'fast-check';
import { findKind, groupOf, hasErrors, type KindDefinition, type KnownResource, type Resource } from '@malla/model';
import { validateObject } from '@malla/validate';
import { arbitraryObject } from '../model/arbitrary-object.ts';

type Tree = Record<string, unknown>;

/** What says for whom an object is: it stays, so that what is grafted has its effect. */
const kept: ReadonlySet<string> = new Set([
  ...['hosts', 'host', 'gateways', 'exportTo', 'selector', 'workloadSelector', 'targetRef', 'targetRefs', 'action'],
  // Names that are looked up would be waited for.
  ...['address', 'type', 'clusterIP', 'resolution'],
]);

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object';
}

/**
 * Puts every part of a wild object into another one of its kind that validation accepts there: whole where it can, else piece by piece. What
 * validation refuses is left out, so the result is as full as validation lets an object be.
 */
function graft(base: Resource, wild: Resource): Resource {
  const grown = structuredClone(base) as unknown as Tree;
  const accepted = () => !hasErrors(validateObject(structuredClone(grown)));
  const into = (target: Tree, source: Tree): void => {
    for (const [key, value] of Object.entries(source)) {
      if (kept.has(key)) continue;
      // What was left out of a list leaves no hole: what follows moves up.
      const name = Array.isArray(target) ? String(Math.min(Number(key), target.length)) : key;
      const before = target[name];
      target[name] = structuredClone(value);
      if (accepted()) continue;
      if (isTree(value)) {
        target[name] = isTree(before) ? before : Array.isArray(value) ? [] : {};
        into(target[name] as Tree, value);
        if (accepted()) continue;
      }
      if (before !== undefined) target[name] = before;
      else if (Array.isArray(target)) target.pop();
      else delete target[name];
    }
  };
  if (isTree(grown['spec']) && isTree(wild['spec'])) into(grown['spec'], wild['spec']);
  return grown as unknown as Resource;
}

function definitionOf(resource: Resource): KindDefinition {
  const found = findKind(groupOf(resource.apiVersion), resource.kind);
  if (found === undefined) throw new Error(`${resource.kind} is not a kind of the model`);
  return found;
}

function object(kind: string, name: string, spec: object): Resource {
  return {
    apiVersion: kind.slice(0, kind.lastIndexOf('/')),
    kind: kind.slice(kind.lastIndexOf('/') + 1),
    metadata: { name, namespace: 'default' },
    spec,
  };
}

const route = [{ destination: { host: 'reviews' } }];

/** One object of each kind that is enforced, for the service that is called. */
const bases: readonly Resource[] = [
  object('networking.istio.io/v1/VirtualService', 'reviews', {
    hosts: ['reviews'],
    http: [{ match: [{ uri: { prefix: '/a' } }], route }, { route }],
  }),
  object('networking.istio.io/v1/DestinationRule', 'reviews', { host: 'reviews' }),
  object('security.istio.io/v1/AuthorizationPolicy', 'allow', { action: 'ALLOW', rules: [{}] }),
  object('security.istio.io/v1/AuthorizationPolicy', 'deny', {
    action: 'DENY',
    rules: [{ to: [{ operation: { paths: ['/x'] } }] }],
  }),
  object('security.istio.io/v1/AuthorizationPolicy', 'custom', {
    action: 'CUSTOM',
    provider: { name: 'by-http' },
    rules: [{ to: [{ operation: { paths: ['/x'] } }] }],
  }),
  object('policy.malla.io/v1alpha1/RateLimit', 'limits', {
    rules: [{ name: 'all', match: [{ methods: ['GET'] }], limit: { requests: 9, unit: 'DAY' } }],
  }),
  object('policy.malla.io/v1alpha1/ApiKeyPolicy', 'keys', { secretRef: { name: 'keys' } }),
  object('security.istio.io/v1/PeerAuthentication', 'default', {}),
  object('networking.istio.io/v1/WorkloadEntry', 'entry', { address: '127.0.0.1', labels: { app: 'reviews' } }),
  object('mesh.istio.io/v1alpha1/MeshConfig', 'mesh', {
    extensionProviders: [
      { name: 'traces', opentelemetry: { service: 'reviews.default.svc.cluster.local', port: 9080, http: {} } },
      { name: 'by-http', envoyExtAuthzHttp: { service: 'ratings.default.svc.cluster.local', port: 9080 } },
      { name: 'by-grpc', envoyExtAuthzGrpc: { service: 'decider.default.svc.cluster.local', port: 9083 } },
      { name: 'lines', envoyFileAccessLog: { logFormat: { text: '%PROTOCOL%' } } },
      { name: 'objects', envoyFileAccessLog: { logFormat: { labels: {} } } },
    ],
    defaultProviders: { tracing: ['traces'], accessLogging: ['lines', 'objects'] },
  }),
  object('telemetry.istio.io/v1/Telemetry', 'all', {
    tracing: [{ providers: [{ name: 'traces' }] }],
    accessLogging: [{ providers: [{ name: 'lines' }, { name: 'objects' }] }],
  }),
  object('networking.istio.io/v1/Gateway', 'edge', {
    selector: { istio: 'ingressgateway' },
    servers: [
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] },
      {
        port: { number: 443, name: 'https', protocol: 'HTTPS' },
        hosts: ['*'],
        tls: { mode: 'SIMPLE', credentialName: 'edge' },
      },
    ],
  }),
  object('networking.istio.io/v1/VirtualService', 'edge', {
    hosts: ['*'],
    gateways: ['edge'],
    http: [{ match: [{ uri: { prefix: '/a' } }], route }, { route }],
    tls: [{ match: [{ sniHosts: ['*'] }], route }],
    tcp: [{ route }],
  }),
  object('networking.istio.io/v1/ServiceEntry', 'outside', {
    hosts: ['outside.example'],
    resolution: 'STATIC',
    ports: [{ number: 9080, name: 'http', protocol: 'HTTP' }],
    endpoints: [{ address: '127.0.0.1' }],
  }),
  object('v1/Service', 'more', { selector: { app: 'reviews' }, ports: [{ name: 'http', port: 9080 }] }),
];

/** Resources of any shape that validation accepts, for the service that is called: whatever users may write, proxies must take. */
export const acceptedResources: fc.Arbitrary<readonly KnownResource[]> = fc
  .tuple(...bases.map((base) => arbitraryObject(definitionOf(base))))
  .map((wild) => bases.map((base, i) => onOpenPorts(graft(base, wild[i] as Resource))) as never);

/** A Gateway that listens where the test may: other ports and addresses may be somebody's, or nobody's. */
function onOpenPorts(resource: Resource): Resource {
  if (resource.kind !== 'Gateway') return resource;
  const spec = resource['spec'] as { readonly servers: readonly (Tree & { readonly port: Tree })[] };
  const servers = spec.servers.map(({ bind: _, ...server }) => {
    const plain =
      String(server.port['protocol']).toUpperCase().startsWith('HTTP') && server.port['protocol'] !== 'HTTPS';
    return { ...server, port: { ...server.port, number: plain ? 80 : 443 } };
  });
  return { ...resource, spec: { ...spec, servers } } as Resource;
}
