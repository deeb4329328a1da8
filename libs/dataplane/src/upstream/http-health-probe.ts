import type { HealthCheckResult } from '@malla/balancing';
import {
  HeaderList,
  Http1ClientConnection,
  Http2ClientConnection,
  type ClientConnectionHandler,
  type RequestHead,
  type ResponseHead,
  type ResponseReceiver,
} from '@malla/http-codec';
import type { HealthCheckConfig } from '@malla/proxy-config';
import { grpcCodes, type GrpcStatus } from '../grpc/grpc-status.ts';
import { unary } from '../grpc/unary.ts';
import type { Timers } from '../runtime/services.ts';
import type { HealthProbe } from './health-checker.ts';

type HttpCheck = Extract<HealthCheckConfig['check'], { kind: 'http' }>;

/** Health checks in HTTP/1.1, HTTP/2 and gRPC. */
export function httpHealthProbe(timers: Timers): HealthProbe {
  return ({ check, cluster, connection: { transport }, done }) => {
    const handler: ClientConnectionHandler = {
      onAvailable: ignore,
      onProtocolError: ignore,
      onClose: () => done('network'),
    };
    if (check.kind === 'grpc') {
      const connection = new Http2ClientConnection({ transport, handler });
      unary({
        connection,
        authority: check.authority === '' ? cluster : check.authority,
        path: '/grpc.health.v1.Health/Check',
        request: grpcRequest(check.service),
        // The check itself has a time-out.
        timeoutMs: 0,
        timers,
        done: (status, response) => done(grpcResult(status, response)),
      });
      return connection;
    }
    const connection = check.http2
      ? new Http2ClientConnection({ transport, handler })
      : new Http1ClientConnection({ transport, handler, options: {} });
    connection.open(new HttpAnswer(check, done)).sendHead(httpHead(check, cluster), true);
    return connection;
  };
}

function httpHead(check: HttpCheck, cluster: string): RequestHead {
  const headers = HeaderList.of(['user-agent', 'Envoy/HC']);
  for (const [name, value] of check.requestHeadersToAdd) headers.append(name.toLowerCase(), value);
  return {
    method: check.method,
    path: check.path,
    authority: check.host === '' ? cluster : check.host,
    headers,
    scheme: 'http',
    version: '1.1',
    expectsContinue: false,
  };
}

/** HealthCheckRequest: the service in field 1. Source: grpc/health/v1/health.proto */
function grpcRequest(service: string): Uint8Array {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.of(0x0a, name.length), name]);
}

/** HealthCheckResponse: field 1 is 1, SERVING. */
function grpcResult({ code }: GrpcStatus, response: Uint8Array | undefined): HealthCheckResult {
  if (code === grpcCodes.unavailable) return 'network';
  return code === grpcCodes.ok && response?.[0] === 0x08 && response[1] === 1 ? 'passed' : 'failed';
}

/** The status decides, once the whole answer is there. */
class HttpAnswer implements ResponseReceiver {
  readonly #expected: HttpCheck['expectedStatuses'];
  readonly #done: (result: HealthCheckResult) => void;
  #result: HealthCheckResult = 'failed';

  constructor({ expectedStatuses }: HttpCheck, done: (result: HealthCheckResult) => void) {
    this.#expected = expectedStatuses;
    this.#done = done;
  }

  onHead({ status }: ResponseHead, endStream: boolean): void {
    const expected =
      this.#expected.length === 0
        ? status === 200
        : this.#expected.some(({ start, end }) => status >= start && status < end);
    this.#result = expected ? 'passed' : 'failed';
    if (endStream) this.#done(this.#result);
  }

  onData(_chunk: Buffer, endStream: boolean): void {
    if (endStream) this.#done(this.#result);
  }

  onTrailers(): void {
    this.#done(this.#result);
  }

  onReset(): void {
    this.#done('network');
  }

  onInformational(): void {}

  onWritable(): void {}
}

function ignore(): void {
  // What matters comes by the receiver, or by the close.
}
