import type { AccessLogType } from '@malla/proxy-config';
import type { ConnectionInfo, SocketEnd, TlsInfo } from '../runtime/connection.ts';
import type { LogRecord, TlsRecord } from '../runtime/log-record.ts';
import type { UpstreamConnection } from '../runtime/upstream.ts';

export interface TcpLogParams {
  readonly type: AccessLogType;
  readonly info: ConnectionInfo;
  readonly durationMs: number;
  readonly flags: readonly string[];
  readonly cluster: string;
  readonly upstream: UpstreamConnection | undefined;
  /** Where the newest try went to. */
  readonly remote: SocketEnd | undefined;
  readonly attempts: number;
  readonly transportFailure: string;
  readonly terminationDetails: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** What an access log can tell of a TCP connection. */
export function tcpLogRecord(params: TcpLogParams): LogRecord {
  const { info, upstream, remote, transportFailure, terminationDetails } = params;
  return {
    type: params.type,
    startedAt: info.startedAt,
    durationMs: params.durationMs,
    flags: params.flags,
    downstream: {
      remote: info.remote,
      directRemote: info.remote,
      local: info.local,
      connectionId: info.id,
      requestedServerName: info.requestedServerName,
      ...(info.tls && { tls: withoutDer(info.tls) }),
    },
    upstream: {
      cluster: params.cluster,
      attempts: params.attempts,
      ...(remote && { remote }),
      ...(upstream && { local: upstream.local, hostMetadata: upstream.host.endpoint.metadata }),
      ...(upstream?.tls && { tls: withoutDer(upstream.tls) }),
      ...(transportFailure !== '' && { transportFailure }),
    },
    routeName: '',
    responseCodeDetails: '',
    ...(terminationDetails !== '' && { connectionTerminationDetails: terminationDetails }),
    bytesReceived: params.bytesReceived,
    bytesSent: params.bytesSent,
    timings: {},
  };
}

function withoutDer({ peer, ...facts }: TlsInfo): TlsRecord {
  if (peer === undefined) return facts;
  const { der: _der, ...rest } = peer;
  return { ...facts, peer: rest };
}
