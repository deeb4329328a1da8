import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import type { TelemetryQuery } from '@malla/protos/gen/malla/telemetry/v1/telemetry_pb';
import { controlPlaneServiceOf } from '@malla/spiffe';
import type { Signal, SignalQuery, SignalStore } from '@malla/telemetry';

export interface SignalsServiceParams {
  readonly store: Pick<SignalStore, 'query'>;
  readonly trustDomain: string;
  readonly now: () => number;
  /** When this process began to count, milliseconds since the epoch. */
  readonly startedAt: number;
}

/** malla.telemetry.v1.TelemetryQuery, for Malla's own services. */
export function signalsHandlers(params: SignalsServiceParams): ServiceHandlers<typeof TelemetryQuery> {
  return {
    signals(request, call) {
      if (call.peer === undefined || controlPlaneServiceOf(call.peer, params.trustDomain) === undefined) {
        throw new MallaError('permission_denied', 'golden signals are answered to services of the control plane');
      }
      const windowMs = Number(request.windowSeconds) * 1000;
      const to = params.now();
      return {
        signals: params.store.query(queryOf(windowMs, request.source, request.destination)).map(toMessage),
        from: timestampFromMs(windowMs > 0 ? to - windowMs : params.startedAt),
        to: timestampFromMs(to),
      };
    },
  };
}

/** A query from values where 0 and the empty text mean "not given". */
export function queryOf(windowMs: number, source: string, destination: string): SignalQuery {
  return {
    ...(windowMs > 0 && { windowMs }),
    ...(source !== '' && { source }),
    ...(destination !== '' && { destination }),
  };
}

function toMessage(signal: Signal) {
  const { requests, errors, requestsByCode, ...rest } = signal;
  return {
    ...rest,
    connectionSecurityPolicy: signal.connectionSecurity,
    requests: BigInt(requests),
    errors: BigInt(errors),
    requestsByCode: Object.fromEntries(Object.entries(requestsByCode).map(([code, count]) => [code, BigInt(count)])),
  };
}
