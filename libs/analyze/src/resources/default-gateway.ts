import type { Resource } from '@malla/model';

/**
 * The ingress gateway that an installation has and files do not tell of, so that Gateways for it are not reported. Source: Istio
 * pkg/config/analysis/local, AddDefaultResources
 */
export function defaultGateway(namespace: string, name = 'istio-ingressgateway'): readonly Resource[] {
  const port = (portName: string, number: number) => ({
    name: portName,
    port: number,
    targetPort: number,
    protocol: 'TCP',
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-dummypod`, namespace, labels: { istio: 'ingressgateway' } },
      spec: { containers: [{ name: 'istio-proxy' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: {
        ports: [port('http2', 80), port('https', 443), port('tcp', 31400), port('tls', 15443)],
        selector: { istio: 'ingressgateway' },
      },
    },
  ];
}
