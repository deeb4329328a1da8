import type { Protocol } from '@malla/ir';
import type { MeshServicePort } from '@malla/snapshot';

const byAppProtocol: Readonly<Record<string, Protocol>> = {
  http: 'http',
  http2: 'http2',
  grpc: 'grpc',
  'kubernetes.io/h2c': 'http2',
  'kubernetes.io/ws': 'http',
  'grpc-web': 'http',
};

const byNamePrefix: Readonly<Record<string, Protocol>> = { http: 'http', http2: 'http2', grpc: 'grpc' };

/**
 * What a service port speaks: `appProtocol` wins over the name's prefix (`http`, `http-web`). Everything else, TLS and undeclared ports included,
 * is opaque TCP. Istio would sniff undeclared ports; that needs a data plane that can, so Malla asks to declare them.
 * Source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
 */
export function protocolOf(port: Pick<MeshServicePort, 'name' | 'appProtocol'>): Protocol {
  if (port.appProtocol !== undefined) return byAppProtocol[port.appProtocol.toLowerCase()] ?? 'tcp';
  // gRPC-Web is HTTP/1.1 to everybody but its application.
  if (/^grpc-web(-|$)/.test(port.name)) return 'http';
  return byNamePrefix[port.name.split('-')[0] as string] ?? 'tcp';
}

/** Whether requests of the protocol are routed one by one. */
export function isHttp(protocol: Protocol): boolean {
  return protocol !== 'tcp';
}
