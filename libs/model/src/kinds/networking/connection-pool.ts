import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { anyDuration, positiveDuration } from '../istio-type/durations.ts';
import { uint32 } from '../istio-type/numbers.ts';

/** Probes that find dead connections where no data flows (SO_KEEPALIVE). */
export const tcpKeepaliveSchema = z
  .strictObject({
    probes: uint32()
      .optional()
      .describe('Probes without an answer until a connection is dead; default: the system’s, 9.'),
    time: positiveDuration.optional().describe('Time without data before the first probe; default: the system’s, 2h.'),
    interval: positiveDuration.optional().describe('Time between probes; default: the system’s, 75s.'),
  })
  .meta({ id: 'TcpKeepalive' });

const tcpSettingsSchema = z.strictObject({
  maxConnections: int32().optional().describe('Most connections to the host; default: no limit.'),
  connectTimeout: positiveDuration.optional().describe('Time for a connection to open, at least 1ms; default 10s.'),
  tcpKeepalive: tcpKeepaliveSchema.optional().describe('Find dead connections by probes; default: off.'),
  maxConnectionDuration: positiveDuration
    .optional()
    .describe('Longest life of a connection, at least 1ms; default: no limit.'),
  idleTimeout: anyDuration.optional().describe('TCP ports: close after so long without data; default 1h, 0s: never.'),
});

const httpSettingsSchema = z.strictObject({
  http1MaxPendingRequests: int32()
    .optional()
    .describe('Most requests that wait for a connection, HTTP/1.1 and HTTP/2; default: no limit.'),
  http2MaxRequests: int32().optional().describe('Most requests at a time, HTTP/1.1 and HTTP/2; default: no limit.'),
  maxRequestsPerConnection: int32()
    .optional()
    .describe('Requests before a connection is closed; default 0: no limit. 1 switches keep-alive off.'),
  maxRetries: int32().optional().describe('Most retries at a time to all instances; default: no limit.'),
  idleTimeout: positiveDuration
    .optional()
    .describe('Close a connection without requests after so long, at least 1ms; default 1h.'),
  h2UpgradePolicy: z
    .enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'])
    .optional()
    .describe('UPGRADE: speak HTTP/2 to instances of HTTP/1.1 ports. DEFAULT: as the mesh says.'),
  useClientProtocol: z
    .boolean()
    .optional()
    .describe('Speak the version of HTTP that the caller speaks; default false. h2UpgradePolicy then has no effect.'),
  maxConcurrentStreams: int32().optional().describe('HTTP/2 streams on one connection; default 2147483647.'),
  http2KeepAlive: z
    .strictObject({
      interval: positiveDuration.optional().describe('Time between PING frames; required.'),
      timeout: positiveDuration.optional().describe('Time for the answer until the connection is closed; required.'),
    })
    .optional()
    .describe('Find dead HTTP/2 connections by PING frames; default: off.'),
});

/** Limits of connections and requests, for each host and proxy. */
export const connectionPoolSchema = z
  .strictObject({
    tcp: tcpSettingsSchema.optional().describe('For connections of all protocols.'),
    http: httpSettingsSchema.optional().describe('For HTTP ports.'),
  })
  .meta({ id: 'ConnectionPoolSettings' });

export type ConnectionPoolSettings = z.infer<typeof connectionPoolSchema>;
