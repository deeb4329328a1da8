import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { Server, setLogger, type ChannelOptions, type ServerCredentials } from '@grpc/grpc-js';
import type { MallaError } from '@malla/model';
import { listenFailure, logFields } from '@malla/observability';
import { formatHostPort, type HostPort } from '@malla/settings';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { serverOptions } from '../channel-options.ts';
import { pathOf } from '../wire.ts';
import { bindHandlers, serviceDefinition, type CallObserver } from './bind-handlers.ts';
import type { AnyServerCall } from './call-info.ts';
import { CallMetrics } from './call-metrics.ts';
import type { ServiceHandlers } from './handlers.ts';
import { prepareSocketPath, restrictSocket } from './unix-socket.ts';

export interface GrpcServerParams {
  /** What it is called in messages, such as `the gRPC server of discovery`. */
  readonly name: string;
  readonly logger: Logger;
  /** Adds `grpc_server_handled_total` and `grpc_server_handling_seconds` to it. Default: no metrics. */
  readonly metrics?: Registry;
  /** The largest request that it takes; default 16 MiB. Less where strangers may call. */
  readonly maxRequestBytes?: number;
  /** On top of Malla's own; for specs. */
  readonly options?: ChannelOptions;
}

export interface ListenParams extends HostPort {
  readonly credentials: ServerCredentials;
  /** The variable that chooses the port, for the message when it is taken. */
  readonly setting: string;
}

export interface ListenUnixParams {
  /** Absolute path of the socket. Its folder is made, for the owner only; a stale socket is removed. */
  readonly path: string;
  readonly credentials: ServerCredentials;
}

/** A gRPC server with typed handlers, one place for errors and metrics, and a graceful end. It may listen in several places. */
export class GrpcServer {
  readonly #server: Server;
  readonly #closing = new AbortController();
  readonly #params: GrpcServerParams;
  readonly #metrics: CallMetrics | undefined;
  readonly #observer: CallObserver = {
    closing: this.#closing.signal,
    now: () => performance.now(),
    ended: (...args) => this.#ended(...args),
  };

  constructor(params: GrpcServerParams) {
    this.#params = params;
    const { maxRequestBytes, options } = params;
    const bound = maxRequestBytes === undefined ? {} : { 'grpc.max_receive_message_length': maxRequestBytes };
    this.#server = new Server({ ...serverOptions, ...bound, ...options });
    // gRPC's own lines are plain text on standard error; its failures reach us as errors anyway.
    const toDebug = (message?: unknown): void =>
      params.logger.debug({ [logFields.reason]: message }, 'gRPC library message');
    setLogger({ error: toDebug, info: toDebug, debug: toDebug });
    this.#metrics = params.metrics === undefined ? undefined : new CallMetrics(params.metrics);
  }

  /** Adds a service. Call it before {@link GrpcServer.listen}. */
  add<S extends DescService>(service: S, handlers: ServiceHandlers<S>): this {
    this.#server.addService(serviceDefinition(service), bindHandlers(service, handlers, this.#observer));
    return this;
  }

  /**
   * Listens on TCP.
   * @returns the port, which differs from the asked one if that was 0
   * @throws MallaError `unavailable` if the port is taken or the address is not this machine's
   */
  async listen(params: ListenParams): Promise<number> {
    const { host, port, setting } = params;
    try {
      const bound = await this.#bind(formatHostPort(params), params.credentials);
      this.#params.logger.info({ [logFields.address]: formatHostPort({ host, port: bound }) }, 'gRPC server listening');
      return bound;
    } catch (error) {
      throw listenFailure({ what: this.#params.name, host, port, setting, cause: error });
    }
  }

  /**
   * Listens on a Unix socket that only this user may open.
   * @throws MallaError `unavailable` if another process serves on it
   */
  async listenUnix(params: ListenUnixParams): Promise<void> {
    await prepareSocketPath(this.#params.name, params.path);
    await this.#bind(`unix:${params.path}`, params.credentials);
    restrictSocket(params.path);
    this.#params.logger.info({ [logFields.path]: params.path }, 'gRPC server listening');
  }

  /** Takes no new calls, tells streams to end, waits for calls in hand, and cuts what is left after the timeout. */
  async close(timeoutMs = 5_000): Promise<void> {
    this.#closing.abort();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
      }, timeoutMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #ended(method: DescMethod, call: AnyServerCall, error: MallaError | undefined, startedAt: number): void {
    const durationMs = performance.now() - startedAt;
    this.#metrics?.observe(method, error, durationMs);
    if (error === undefined) return;
    const fields = {
      [logFields.method]: pathOf(method),
      [logFields.address]: call.getPeer(),
      [logFields.code]: error.code,
    };
    if (error.code === 'internal') this.#params.logger.error({ ...fields, [logFields.error]: error }, 'Call failed');
    else this.#params.logger.debug({ ...fields, [logFields.reason]: error.message }, 'Call refused');
  }

  #bind(address: string, credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
    });
  }
}
