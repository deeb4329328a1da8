import type { ConnectionPoolIr, Protocol } from '@malla/ir';
import { parseDuration } from '@malla/model';
import type { DestinationOptions } from '../mesh-inputs.ts';
import type { PortPolicy } from './policy.ts';

/** Drops the keys whose value is undefined: absent means Istio's default. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

/** Limits of connections and requests to one cluster. */
export function resolvePool({ connectionPool }: PortPolicy): ConnectionPoolIr {
  const { tcp, http } = connectionPool ?? {};
  return present<ConnectionPoolIr>({
    maxConnections: tcp?.maxConnections,
    maxPendingRequests: http?.http1MaxPendingRequests,
    maxRequests: http?.http2MaxRequests,
    maxRetries: http?.maxRetries,
    maxRequestsPerConnection: http?.maxRequestsPerConnection,
    maxConnectionDurationMs: milliseconds(tcp?.maxConnectionDuration),
    tcpIdleTimeoutMs: milliseconds(tcp?.idleTimeout),
    httpIdleTimeoutMs: milliseconds(http?.idleTimeout),
    maxConcurrentStreams: http?.maxConcurrentStreams,
  });
}

/** How long a TCP connection may take to open. */
export function resolveConnectTimeout({ connectionPool }: PortPolicy, mesh: DestinationOptions): number {
  return milliseconds(connectionPool?.tcp?.connectTimeout) ?? mesh.connectTimeoutMs;
}

/** The protocol towards endpoints: HTTP/1.1 ports are spoken to in HTTP/2 if the policy says so. */
export function resolveUpstreamProtocol(declared: Protocol, { connectionPool }: PortPolicy): Protocol {
  return declared === 'http' && connectionPool?.http?.h2UpgradePolicy === 'UPGRADE' ? 'http2' : declared;
}
