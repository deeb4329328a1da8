import type { ClientConnection } from '@malla/http-codec';
import type { BackOff } from '../runtime/back-off.ts';
import type { Timer, Timers } from '../runtime/services.ts';
import type { Channel } from './channel.ts';
import { GrpcCall } from './grpc-call.ts';
import { grpcCodes, type GrpcStatus } from './grpc-status.ts';

export interface LastingStreamParams {
  readonly channel: Channel;
  readonly authority: string;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly timers: Timers;
  readonly backOff: BackOff;
  readonly handler: LastingStreamHandler;
}

export interface LastingStreamHandler {
  /** A stream is open: gives its first messages. Whether the server is there shows only by what it sends. */
  onOpen(): readonly Uint8Array[];
  onMessage(message: Uint8Array): void;
  /** The stream is gone, or none could be opened; another one will be. */
  onDown(status: GrpcStatus): void;
}

/** A stream that is opened again whenever it ends, with a back-off that begins anew once the server has answered. */
export class LastingStream {
  readonly #params: LastingStreamParams;
  #call: GrpcCall | undefined;
  #timer: Timer | undefined;
  #connecting = false;
  #stopped = false;
  #onFinished: (() => void) | undefined;

  constructor(params: LastingStreamParams) {
    this.#params = params;
  }

  start(): void {
    this.#connecting = true;
    this.#params.channel.connect({
      onReady: (connection) => {
        this.#connecting = false;
        this.#open(connection);
      },
      onFailed: (reason) => {
        this.#connecting = false;
        this.#down({ code: grpcCodes.unavailable, message: reason });
      },
    });
  }

  /** False when there is no stream, or it has much to send already; the message is not sent then. */
  offer(message: Uint8Array): boolean {
    if (this.#call?.writable !== true) return false;
    this.#call.send(message);
    return true;
  }

  /** Sends as soon as possible, if there is a stream. */
  send(messages: readonly Uint8Array[]): void {
    for (const message of messages) this.#call?.send(message);
  }

  get isOpen(): boolean {
    return this.#call !== undefined;
  }

  /** Ends it in good order, after a stream that is being opened: resolves when the server has answered the end, or there is no server. Nothing follows. */
  finish(): Promise<void> {
    this.#timer?.cancel();
    return new Promise((resolve) => {
      this.#onFinished = resolve;
      if (this.#call !== undefined) this.#call.end();
      else if (!this.#connecting) resolve();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#call?.cancel();
    this.#call = undefined;
  }

  #open(connection: ClientConnection): void {
    if (this.#stopped) return;
    const { authority, path, handler, backOff } = this.#params;
    const call = new GrpcCall({
      connection,
      authority,
      path,
      handler: {
        onMessage: (message) => {
          backOff.reset();
          handler.onMessage(message);
        },
        onEnd: (status) => {
          this.#call = undefined;
          this.#down(status);
        },
      },
    });
    this.#call = call;
    this.send(handler.onOpen());
    if (this.#onFinished !== undefined) call.end();
  }

  #down(status: GrpcStatus): void {
    if (this.#onFinished !== undefined) return this.#onFinished();
    if (this.#stopped) return;
    this.#params.handler.onDown(status);
    this.#timer = this.#params.timers.set(this.#params.backOff.next(), () => this.start());
  }
}
