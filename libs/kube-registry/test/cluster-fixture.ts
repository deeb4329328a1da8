import { applyChanges, emptySnapshot, type MeshService, type MeshSnapshot, type MeshWorkload } from '@malla/snapshot';
import { KubeRegistry, type AnyObjectChanges, type RegistryKind, type RegistryObjects } from '../src/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An object as an API server lists it. */
export function object<K extends RegistryKind>(
  _kind: K,
  name: string,
  fields: Fields,
  metadata: Fields = {},
): RegistryObjects[K] {
  const namespace = _kind === 'Node' ? {} : { namespace: 'shop' };
  return { metadata: { name, ...namespace, ...metadata }, ...fields } as unknown as RegistryObjects[K];
}

/** A Service of namespace `shop` that selects by `app`, with one port. */
export function service(name: string, spec: Fields = {}, metadata: Fields = {}): RegistryObjects['Service'] {
  const fields = {
    type: 'ClusterIP',
    clusterIP: '10.96.0.10',
    clusterIPs: ['10.96.0.10'],
    ipFamilies: ['IPv4'],
    selector: { app: name },
    ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }],
    ...spec,
  };
  return object('Service', name, { spec: fields }, metadata);
}

/** A ready Pod of a Deployment, with a sidecar, at one address. */
export function pod(name: string, address: string, more: { spec?: Fields; status?: Fields; metadata?: Fields } = {}) {
  return object(
    'Pod',
    name,
    {
      spec: {
        serviceAccountName: 'web',
        nodeName: 'node-1',
        containers: [
          { name: 'app', ports: [{ name: 'web', containerPort: 8080, protocol: 'TCP' }] },
          { name: 'istio-proxy', args: ['proxy', 'sidecar'] },
        ],
        ...more.spec,
      },
      status: {
        phase: 'Running',
        podIP: address,
        podIPs: [{ ip: address }],
        conditions: [{ type: 'Ready', status: 'True' }],
        ...more.status,
      },
    },
    { labels: { app: 'web' }, ...more.metadata },
  );
}

export interface EndpointFixture {
  readonly addresses: readonly string[];
  readonly pod?: string;
  readonly conditions?: Fields;
  readonly nodeName?: string;
}

/** An EndpointSlice that Kubernetes keeps for a Service of namespace `shop`. */
export function slice(serviceName: string, suffix: string, endpoints: readonly EndpointFixture[], more: Fields = {}) {
  const labels = {
    'kubernetes.io/service-name': serviceName,
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  };
  return object(
    'EndpointSlice',
    `${serviceName}-${suffix}`,
    {
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: endpoints.map(({ pod: target, conditions, ...rest }) => ({
        conditions: { ready: true, serving: true, terminating: false, ...conditions },
        ...(target === undefined ? {} : { targetRef: { kind: 'Pod', namespace: 'shop', name: target } }),
        ...rest,
      })),
      ...more,
    },
    { labels },
  );
}

export const node = object(
  'Node',
  'node-1',
  {},
  {
    labels: {
      'topology.kubernetes.io/region': 'eu',
      'topology.kubernetes.io/zone': 'eu-1',
      'topology.istio.io/subzone': 'rack-7',
    },
  },
);

/** A registry and the snapshot that its changes made. */
export class Cluster {
  readonly registry = new KubeRegistry({ domainSuffix: 'cluster.local', cluster: 'Kubernetes' });
  snapshot: MeshSnapshot = emptySnapshot();

  /** Takes changes; returns how many pods, services and sets of endpoints they touched. */
  take(...changes: readonly AnyObjectChanges[]): {
    readonly pods: number;
    readonly services: number;
    readonly endpoints: number;
  } {
    const { changes: kubernetes } = this.registry.apply(...changes);
    if (kubernetes === undefined) return { pods: 0, services: 0, endpoints: 0 };
    this.snapshot = applyChanges(this.snapshot, { kubernetes });
    const { pods, services, endpoints } = kubernetes;
    return {
      pods: (pods?.upserts?.length ?? 0) + (pods?.deletes?.length ?? 0),
      services: (services?.upserts?.length ?? 0) + (services?.deletes?.length ?? 0),
      endpoints: endpoints?.size ?? 0,
    };
  }

  service(name: string): MeshService | undefined {
    return this.snapshot.services.get(hostOf(name));
  }

  members(name: string): readonly MeshWorkload[] {
    return this.snapshot.workloadSets.get(hostOf(name))?.workloads ?? [];
  }

  workload(name: string): MeshWorkload | undefined {
    return this.snapshot.workloads.get(`shop/${name}`);
  }
}

/** Host of a Service of namespace `shop`. */
export function hostOf(name: string): string {
  return `${name}.shop.svc.cluster.local`;
}
