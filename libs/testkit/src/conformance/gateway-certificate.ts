import type { KnownResource } from '@malla/model';
import type { DescribedRequest } from './case-schema.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { World } from './world.ts';

const tls = { mode: 'SIMPLE', credentialName: 'changing' };

/** A Gateway that ends TLS with one of the run's server certificates, always under one name. */
export function gatewayWithCertificate(name: string, placeholders: World['placeholders']): readonly KnownResource[] {
  const networking = { apiVersion: 'networking.istio.io/v1', metadata: { name: 'changing', namespace: 'default' } };
  const server = { port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: ['*'], tls };
  const resources = [
    { ...networking, kind: 'Gateway', spec: { selector: { istio: 'ingressgateway' }, servers: [server] } },
    {
      ...networking,
      kind: 'VirtualService',
      spec: { hosts: ['*'], gateways: ['changing'], http: [{ route: [{ destination: { host: 'ratings' } }] }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'changing', namespace: 'default' },
      stringData: { 'tls.crt': `\${pem:${name}-cert}`, 'tls.key': `\${pem:${name}-key}` },
    },
  ];
  return fillPlaceholders(resources, placeholders) as unknown as KnownResource[];
}

/** A request to that Gateway from outside. */
export function gatewayRequest(): Omit<DescribedRequest, 'expect'> {
  return {
    from: 'outsider',
    to: 'gateway:8443',
    via: 'service',
    tls: { serverName: 'any.example' },
    host: 'any.example',
    method: 'GET',
    path: '/',
    headers: {},
    times: 1,
  };
}
