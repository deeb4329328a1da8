import type { CodecError } from '@malla/http-codec';
import type { LogFacts, HttpFacts } from '../../access-log/log-facts.ts';
import type { ConnectionInfo, SocketEnd } from '../../runtime/connection.ts';

const nothing = { get: () => undefined, length: 0, names: [], values: [] };

/** Facts of a request that was too broken to become one. */
export class ProtocolErrorFacts implements LogFacts {
  readonly type = 'DownstreamEnd';
  readonly durationMs = 0;
  readonly flags = 'DPE';
  readonly upstream = undefined;
  readonly routeName = '';
  readonly terminationDetails = '';
  readonly bytesReceived = 0;
  readonly bytesSent = 0;
  readonly timings = undefined;
  readonly startedAt: number;
  readonly connection: ConnectionInfo;
  readonly responseCodeDetails: string;
  readonly http: HttpFacts;

  constructor(connection: ConnectionInfo, error: CodecError, startedAt: number) {
    this.connection = connection;
    this.startedAt = startedAt;
    this.responseCodeDetails = error.detail;
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
