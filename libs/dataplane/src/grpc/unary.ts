import type { ClientConnection } from '@malla/http-codec';
import type { Timer, Timers } from '../runtime/services.ts';
import { GrpcCall } from './grpc-call.ts';
import { grpcCodes, type GrpcStatus } from './grpc-status.ts';

export interface UnaryParams {
  /** With room for one more exchange. */
  readonly connection: ClientConnection;
  readonly authority: string;
  /** `/package.Service/Method` */
  readonly path: string;
  /** The encoded request. */
  readonly request: Uint8Array;
  readonly metadata?: readonly (readonly [name: string, value: string])[];
  /** 0: for ever. */
  readonly timeoutMs: number;
  readonly timers: Timers;
  /** Called once; `response` is there when the code is 0. */
  readonly done: (status: GrpcStatus, response: Uint8Array | undefined) => void;
}

/** One request, one response. Returns the way to give it up; then `done` is not called. */
export function unary(params: UnaryParams): () => void {
  const { connection, authority, path, request, metadata, timeoutMs, timers, done } = params;
  let response: Uint8Array | undefined;
  let timer: Timer | undefined = undefined;
  const call = new GrpcCall({
    connection,
    authority,
    path,
    timeoutMs,
    ...(metadata === undefined ? {} : { metadata }),
    handler: {
      onMessage: (message) => {
        response = message;
      },
      onEnd: (status) => {
        timer?.cancel();
        if (status.code === grpcCodes.ok && response === undefined)
          done({ code: grpcCodes.internal, message: 'the answer has no message' }, undefined);
        else done(status, status.code === grpcCodes.ok ? response : undefined);
      },
    },
  });
  call.send(request);
  call.end();
  const cancel = (): void => {
    timer?.cancel();
    call.cancel();
  };
  if (timeoutMs > 0)
    timer = timers.set(timeoutMs, () => {
      call.cancel();
      done({ code: grpcCodes.deadlineExceeded, message: 'timed out' }, undefined);
    });
  return cancel;
}
