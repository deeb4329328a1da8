import type { Resource } from '@malla/model';

const object = (apiVersion: string, kind: string, name: string, fields: object, metadata: object = {}): Resource => ({
  apiVersion,
  kind,
  metadata: { name, ...(kind === 'Node' ? {} : { namespace: 'shop' }), ...metadata },
  ...fields,
});

/** A Node in zone `eu-1` of region `eu`. */
export function node(): Resource {
  const labels = { 'topology.kubernetes.io/region': 'eu', 'topology.kubernetes.io/zone': 'eu-1' };
  return object('v1', 'Node', 'node-1', { spec: {}, status: {} }, { labels });
}

/** Service `web` of namespace `shop`: HTTP on 80, target port `web`. */
export function service(): Resource {
  const ports = [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }];
  return object('v1', 'Service', 'web', { spec: { clusterIP: '10.96.0.10', selector: { app: 'web' }, ports } });
}

/** A Pod of it with a sidecar, on `node-1`. */
export function pod(name: string, address: string, ready = true): Resource {
  const containers = [
    { name: 'app', image: 'app', ports: [{ name: 'web', containerPort: 8080 }] },
    { name: 'istio-proxy', image: 'proxy' },
  ];
  return object(
    'v1',
    'Pod',
    name,
    {
      spec: { serviceAccountName: 'web', nodeName: 'node-1', containers },
      status: { phase: 'Running', ...podStatus(address, ready) },
    },
    { labels: { app: 'web' } },
  );
}

/** What a kubelet writes of a running Pod. */
export function podStatus(address: string, ready: boolean): object {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  return { podIP: address, podIPs: [{ ip: address }], conditions };
}

/** The EndpointSlice of the Service with these Pods (name and address), all ready, as Kubernetes keeps it. */
export function endpointSlice(...pods: readonly (readonly [string, string])[]): Resource {
  const labels = {
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  };
  const endpoints = pods.map(([name, address]) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: 'node-1',
    targetRef: { kind: 'Pod', namespace: 'shop', name },
  }));
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }];
  return object(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    'web-abc',
    { addressType: 'IPv4', endpoints, ports },
    { labels },
  );
}
