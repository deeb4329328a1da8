import type {
  DescMessage,
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageShape,
} from '@bufbuild/protobuf';
import type { Outgoing } from '../wire.ts';
import type { CallInfo } from './call-info.ts';

/** The sending half of a stream. */
export interface ResponseStream<O extends DescMessage> extends CallInfo {
  /**
   * Sends one message. False means that the peer reads slower than we write: await {@link ResponseStream.drained} before the next
   * one, or memory grows. After the end of the stream messages are dropped.
   */
  send(message: Outgoing<O>): boolean;
  /** Resolves when there is room again, or when the stream has ended. */
  drained(): Promise<void>;
}

/** The receiving half of a stream. */
export interface RequestStream<I extends DescMessage> extends CallInfo {
  /** What the caller sends, in order; ends when the caller ends its half or goes away, or when the server closes. */
  readonly requests: AsyncIterable<MessageShape<I>>;
}

/** Both halves. */
export interface DuplexStream<I extends DescMessage, O extends DescMessage>
  extends RequestStream<I>, ResponseStream<O> {}

/**
 * The handler of one method. A handler that throws a MallaError sends its status; anything else thrown is `internal` and logged.
 * A stream ends when the handler's promise does.
 */
export type MethodHandler<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, call: CallInfo) => Outgoing<O> | Promise<Outgoing<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, stream: ResponseStream<O>) => Promise<void>
      : M extends DescMethodClientStreaming<infer I, infer O>
        ? (stream: RequestStream<I>) => Promise<Outgoing<O>>
        : M extends DescMethodBiDiStreaming<infer I, infer O>
          ? (stream: DuplexStream<I, O>) => Promise<void>
          : never;

/** Handlers of a service, by the method names of its descriptor. A method that is left out answers UNIMPLEMENTED. */
export type ServiceHandlers<S extends DescService> = {
  readonly [K in keyof S['method']]?: MethodHandler<S['method'][K]>;
};
