import type { ClusterConfig } from '@malla/proxy-config';
import type { ConnectParams } from '../../runtime/upstream.ts';

/** In which way connections of a pool are made. */
export interface PoolVariant {
  readonly protocol: 'http1' | 'http2' | 'alpn';
  /** Requests that one attempt to connect is expected to carry. */
  readonly streamsPerConnection: number;
  readonly connect: Pick<ConnectParams, 'serverName' | 'verifyName' | 'alpn'>;
}

/** What of a request decides about the connection that can carry it. */
export interface VariantRequest {
  readonly http2: boolean;
  /** Host without port; for automatic server names. */
  readonly host: string;
}

/** True when every request of a cluster can go by any of its connections. */
export function hasOneVariant({ http }: ClusterConfig): boolean {
  return http.protocol !== 'downstream' && !http.autoSni && !http.autoSanValidation;
}

export function variantOf(config: ClusterConfig, request: VariantRequest): PoolVariant {
  const { http } = config;
  const protocol = http.protocol === 'downstream' ? (request.http2 ? 'http2' : 'http1') : http.protocol;
  return {
    protocol,
    streamsPerConnection: protocol === 'http2' ? Math.max(1, http.http2.maxConcurrentStreams) : 1,
    connect: {
      ...(http.autoSni && !isAddress(request.host) && { serverName: request.host }),
      // Also an address: a client that asks for one must not get around the check.
      ...(http.autoSanValidation && { verifyName: withoutBrackets(request.host) }),
      ...alpnOf(config, protocol),
    },
  };
}

/** What TLS offers when the cluster's own configuration does not say. */
function alpnOf({ transport }: ClusterConfig, protocol: PoolVariant['protocol']): { alpn?: readonly string[] } {
  if (transport.kind !== 'tls' || transport.tls.alpnProtocols.length > 0) return {};
  if (protocol === 'alpn') return { alpn: ['h2', 'http/1.1'] };
  return { alpn: [protocol === 'http2' ? 'h2' : 'http/1.1'] };
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
