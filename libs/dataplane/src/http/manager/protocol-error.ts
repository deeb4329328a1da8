import type { CodecError } from '@malla/http-codec';
import type { LogFacts, HttpFacts } from '../../access-log/log-facts.ts';
import type { ConnectionInfo, SocketEnd } from '../../runtime/connection.ts';

/** Lengths of the bodies that the codec answers with: the words of the status. */
const bodyBytes: Readonly<Record<number, number>> = { 400: 11, 403: 9, 413: 17, 414: 12, 426: 16, 431: 31, 501: 15 };
const nothing = { get: () => undefined, length: 0, names: [], values: [] };

/** Facts of a request that was too broken to become one. */
export class ProtocolErrorFacts implements LogFacts {
  readonly type = 'DownstreamEnd';
  readonly durationMs = 0;
  readonly flags: string;
  readonly upstream = undefined;
  readonly routeName = '';
  readonly terminationDetails = '';
  readonly bytesReceived = 0;
  readonly bytesSent: number;
  readonly timings = undefined;
  readonly startedAt: number;
  readonly connection: ConnectionInfo;
  readonly responseCodeDetails: string;
  readonly http: HttpFacts;

  constructor(connection: ConnectionInfo, error: CodecError, startedAt: number) {
    this.connection = connection;
    this.startedAt = startedAt;
    this.responseCodeDetails = error.detail;
    // A request without a host is whole; it only cannot be routed.
    const broken = error.detail !== 'missing_host_header';
    this.flags = broken ? 'DPE' : '';
    this.bytesSent = broken ? (bodyBytes[error.status] ?? 0) : 0;
    this.http = {
      protocol: 'HTTP/1.1',
      method: '',
      path: '',
      originalPath: undefined,
      authority: '',
      scheme: '',
      request: nothing,
      status: error.status,
      response: undefined,
      trailers: undefined,
      routeMetadata: undefined,
    };
  }

  get remote(): SocketEnd {
    return this.connection.remote;
  }
}
