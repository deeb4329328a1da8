import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageShape,
} from '@bufbuild/protobuf';
import { Metadata, type CallOptions, type requestCallback } from '@grpc/grpc-js';
import { inSpan, sendContext } from '@malla/observability';
import { callSpanOf, sentMetadata, type CallSpan } from '../call-spans.ts';
import { errorOfStatus } from '../status.ts';
import { decoder, encoder, pathOf, type Outgoing } from '../wire.ts';
import type { Channel } from './channel.ts';
import { ClientStream, type DuplexCall, type RequestCall, type ResponseCall } from './client-stream.ts';

/** Per call. */
export interface CallSettings {
  /** Milliseconds until the call fails. Default: 10 s for unary calls, none for streams. */
  readonly timeoutMs?: number;
  /** Such as `{ authorization: 'Bearer ...' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Wait for a connection instead of failing at once while the server is away. Default false. */
  readonly waitForReady?: boolean;
}

/** The client's form of a method. Failures are MallaErrors. */
export type ClientMethod<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: Outgoing<I>, settings?: CallSettings) => Promise<MessageShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: Outgoing<I>, settings?: CallSettings) => ResponseCall<O>
      : M extends DescMethodClientStreaming<infer I, infer O>
        ? (settings?: CallSettings) => RequestCall<I, O>
        : M extends DescMethodBiDiStreaming<infer I, infer O>
          ? (settings?: CallSettings) => DuplexCall<I, O>
          : never;

/** A typed client of a service. */
export type ServiceClient<S extends DescService> = { readonly [K in keyof S['method']]: ClientMethod<S['method'][K]> };

const defaultUnaryTimeoutMs = 10_000;

/** Makes a typed client over a channel. */
export function createClient<S extends DescService>(service: S, channel: Channel): ServiceClient<S> {
  const methods = service.methods.map((method) => [method.localName, clientMethod(method, channel)]);
  return Object.fromEntries(methods) as ServiceClient<S>;
}

function clientMethod(method: DescMethod, channel: Channel): unknown {
  const path = pathOf(method);
  // The mapped types above keep callers honest; below them all messages look alike.
  const encode = encoder(method.input) as (message: unknown) => Buffer;
  const decode = decoder(method.output) as (bytes: Buffer) => unknown;
  switch (method.methodKind) {
    case 'unary': {
      const callSpan = callSpanOf(method);
      return (request: unknown, settings: CallSettings = {}) =>
        unary(callSpan, settings, (metadata, options, done) =>
          channel.makeUnaryRequest(path, encode, decode, request, metadata, options, done),
        );
    }
    case 'server_streaming':
      return (request: unknown, settings: CallSettings = {}) =>
        new ClientStream(
          channel.makeServerStreamRequest(path, encode, decode, request, metadataOf(settings), optionsOf(settings)),
          settings.signal,
        );
    case 'client_streaming':
      return (settings: CallSettings = {}) => {
        const answer = new Answer();
        const call = channel.makeClientStreamRequest(
          path,
          encode,
          decode,
          metadataOf(settings),
          optionsOf(settings),
          answer.settle,
        );
        return new ClientStream(call, settings.signal, answer.promise);
      };
    case 'bidi_streaming':
      return (settings: CallSettings = {}) =>
        new ClientStream(
          channel.makeBidiStreamRequest(path, encode, decode, metadataOf(settings), optionsOf(settings)),
          settings.signal,
        );
  }
}

/** A promise that a gRPC callback settles. */
class Answer {
  readonly promise: Promise<unknown>;
  readonly settle: requestCallback<unknown>;

  constructor() {
    let settle: requestCallback<unknown> = () => undefined;
    this.promise = new Promise((resolve, reject) => {
      settle = (error, value) => (error === null ? resolve(value) : reject(errorOfStatus(error)));
    });
    this.settle = settle;
  }
}

async function unary(
  { name, attributes }: CallSpan,
  settings: CallSettings,
  start: (metadata: Metadata, options: CallOptions, done: requestCallback<unknown>) => { cancel(): void },
): Promise<unknown> {
  const { signal } = settings;
  return inSpan(name, { kind: 'client', attributes }, (span) => {
    const answer = new Answer();
    const metadata = metadataOf(settings);
    sendContext(span, metadata, sentMetadata);
    const call = start(metadata, optionsOf({ timeoutMs: defaultUnaryTimeoutMs, ...settings }), answer.settle);
    if (signal === undefined) return answer.promise;
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    return answer.promise.finally(() => signal.removeEventListener('abort', cancel));
  });
}

function metadataOf(settings: CallSettings): Metadata {
  const metadata = new Metadata({ waitForReady: settings.waitForReady ?? false });
  for (const [key, value] of Object.entries(settings.metadata ?? {})) metadata.set(key, value);
  return metadata;
}

function optionsOf(settings: CallSettings): CallOptions {
  return settings.timeoutMs === undefined ? {} : { deadline: Date.now() + settings.timeoutMs };
}
