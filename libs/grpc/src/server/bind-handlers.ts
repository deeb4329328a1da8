import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { MallaError } from '@malla/model';
import { inSpan, receivedContext } from '@malla/observability';
import { callSpanOf, receivedMetadata } from '../call-spans.ts';
import { statusOf } from '../status.ts';
import { decoder, encoder, pathOf } from '../wire.ts';
import { LazyCallInfo, type AnyServerCall } from './call-info.ts';
import type { ServiceHandlers } from './handlers.ts';
import { ServerStream } from './server-stream.ts';

/** What the bound handlers tell the server that holds them. */
export interface CallObserver {
  /** Called once at the end of each call; `error` is undefined if it went well. */
  ended(method: DescMethod, call: AnyServerCall, error: MallaError | undefined, startedAt: number): void;
  now(): number;
  /** Fires when streams should end. */
  readonly closing: AbortSignal;
}

type LooseHandler = (...args: unknown[]) => unknown;

/** The grpc-js form of a service descriptor. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  const entries = service.methods.map((method) => [
    method.localName,
    {
      path: pathOf(method),
      requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
      responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
      requestSerialize: encoder(method.input),
      requestDeserialize: decoder(method.input),
      responseSerialize: encoder(method.output),
      responseDeserialize: decoder(method.output),
    },
  ]);
  return Object.fromEntries(entries) as ServiceDefinition;
}

/** The grpc-js form of a service's handlers. */
export function bindHandlers<S extends DescService>(
  service: S,
  handlers: ServiceHandlers<S>,
  observer: CallObserver,
): UntypedServiceImplementation {
  const bound: UntypedServiceImplementation = {};
  for (const method of service.methods) {
    const handler = handlers[method.localName as keyof S['method']] as LooseHandler | undefined;
    // Bound to its object, so that a class can be a service.
    if (handler !== undefined) bound[method.localName] = bindMethod(method, handler.bind(handlers), observer);
  }
  return bound;
}

function bindMethod(method: DescMethod, handler: LooseHandler, observer: CallObserver): UntypedHandleCall {
  switch (method.methodKind) {
    case 'unary': {
      const within = spansOf(method);
      return (call: ServerUnaryCall<unknown, unknown>, reply: sendUnaryData<unknown>) =>
        answer(method, call, reply, observer, () =>
          within(call, () => handler(call.request, new LazyCallInfo(call, observer.closing))),
        );
    }
    case 'client_streaming':
      return (call: ServerReadableStream<unknown, unknown>, reply: sendUnaryData<unknown>) =>
        answer(method, call, reply, observer, () => handler(new ServerStream(call, observer.closing)));
    case 'server_streaming':
      return (call: ServerWritableStream<unknown, unknown>) =>
        stream(method, call, observer, () => handler(call.request, new ServerStream(call, observer.closing)));
    case 'bidi_streaming':
      return (call: ServerDuplexStream<unknown, unknown>) =>
        stream(method, call, observer, () => handler(new ServerStream(call, observer.closing)));
  }
}

async function answer(
  method: DescMethod,
  call: AnyServerCall,
  reply: sendUnaryData<unknown>,
  observer: CallObserver,
  run: () => unknown,
): Promise<void> {
  const startedAt = observer.now();
  try {
    reply(null, await run());
    observer.ended(method, call, undefined, startedAt);
  } catch (thrown) {
    const error = MallaError.from(thrown);
    observer.ended(method, call, error, startedAt);
    reply(statusOf(error));
  }
}

/** Answers a method's calls within spans. Health checks have none; streams neither, for they last as long as both sides live. */
function spansOf(method: DescMethod): (call: AnyServerCall, run: () => unknown) => unknown {
  if (method.parent.typeName.startsWith('grpc.')) return (_call, run) => run();
  const { name, attributes } = callSpanOf(method);
  return ({ metadata }, run) =>
    inSpan(name, { kind: 'server', parent: receivedContext(metadata, receivedMetadata), attributes }, run);
}

async function stream(
  method: DescMethod,
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  observer: CallObserver,
  run: () => unknown,
): Promise<void> {
  const startedAt = observer.now();
  // A broken connection raises an error event; the signal has told the handler, so it needs no second telling.
  call.on('error', () => undefined);
  try {
    await run();
    if (observer.closing.aborted && !call.cancelled)
      throw new MallaError('unavailable', 'the server is closing; connect again');
    observer.ended(method, call, undefined, startedAt);
    call.end();
  } catch (thrown) {
    const error = MallaError.from(thrown);
    observer.ended(method, call, error, startedAt);
    if (!call.cancelled && !call.destroyed) call.emit('error', statusOf(error));
  }
}
