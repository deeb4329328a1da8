import { connect, type NetConnectOpts } from 'node:net';
import type { ClientConnection, ClientConnectionHandler, Transport, TransportReader } from '@malla/http-codec';
import type { Address, ClusterConfig, EndpointsConfig } from '@malla/proxy-config';
import type { Timer, Timers } from '../runtime/services.ts';
import { readBuffer } from '../transport/read-buffer.ts';
import { SocketTransport } from '../transport/socket-transport.ts';

/** An HTTP/2 client connection that can ask whether the server is still there. */
export interface PingableConnection extends ClientConnection, TransportReader {
  /** Calls back when the server has answered. */
  ping(onAnswer: () => void): void;
}

/** An HTTP/2 client connection on a transport. */
export type ConnectHttp2 = (transport: Transport, handler: ClientConnectionHandler) => PingableConnection;

export interface ChannelParams {
  readonly cluster: ClusterConfig;
  readonly connectHttp2: ConnectHttp2;
  readonly timers: Timers;
}

/** What becomes of an attempt to have a connection. */
export interface ChannelHandler {
  onReady(connection: ClientConnection): void;
  /** No connection could be made. */
  onFailed(reason: string): void;
}

/** Bytes that may wait for the kernel before the codec is told to stop. */
const highWaterBytes = 256 * 1024;

/**
 * Connections of the main thread to one cluster of the bootstrap, for gRPC: one HTTP/2 connection, made when it is asked for, shared by all calls, made
 * anew when it is gone. Addresses are tried in turn.
 */
export class Channel {
  readonly #params: ChannelParams;
  readonly #addresses: readonly Address[];
  #nextAddress = 0;
  #connection: ClientConnection | undefined;
  #waiting: ChannelHandler[] = [];
  #closed = false;

  /** @throws Error for a cluster that has no addresses of its own */
  constructor(params: ChannelParams) {
    const { discovery, name } = params.cluster;
    this.#params = params;
    if (discovery.kind !== 'static' && discovery.kind !== 'dns')
      throw new Error(`cluster ${name} has no addresses in the bootstrap`);
    this.#addresses = addressesOf(discovery.endpoints);
    if (this.#addresses.length === 0) throw new Error(`cluster ${name} has no addresses in the bootstrap`);
    if (params.cluster.transport.kind === 'tls')
      throw new Error(`cluster ${name} has TLS, which the program itself does not speak: use the agent's socket`);
  }

  /** Calls back at once when there is a connection with room, else when there is one or none could be made. */
  connect(handler: ChannelHandler): void {
    const connection = this.#connection;
    if (connection !== undefined && connection.activeExchanges < connection.capacity) handler.onReady(connection);
    else if (this.#closed) handler.onFailed('the program ends');
    else if (this.#waiting.push(handler) === 1) this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  #open(): void {
    const address = this.#addresses[this.#nextAddress++ % this.#addresses.length] as Address;
    const { timers, cluster } = this.#params;
    let transport: SocketTransport | undefined = undefined;
    const socket = connect({
      ...target(address),
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          transport?.received(length);
          return true;
        },
      },
    });
    let error: Error | undefined;
    const onError = (cause: Error): void => {
      error = cause;
    };
    const onClose = (): void => {
      timer.cancel();
      this.#failed(error?.message ?? 'connection closed');
    };
    const timer: Timer = timers.set(cluster.connectTimeoutMs, () => socket.destroy(new Error('connection timeout')));
    socket.on('error', onError).on('close', onClose);
    socket.once('connect', () => {
      timer.cancel();
      socket.off('close', onClose);
      transport = new SocketTransport({ socket, tls: false, highWaterBytes });
      this.#connected(transport);
    });
  }

  #connected(transport: SocketTransport): void {
    const { timers } = this.#params;
    const connection = this.#params.connectHttp2(transport, {
      onAvailable: () => this.#serve(),
      onProtocolError: () => undefined,
      onClose: () => {
        keepalive?.cancel();
        if (this.#connection === connection) this.#connection = undefined;
        if (this.#waiting.length > 0) this.#failed('connection closed');
      },
    });
    let keepalive: Timer | undefined;
    const keepAlive = this.#params.cluster.http.http2.connectionKeepalive;
    if (keepAlive !== undefined) {
      const { intervalMs, timeoutMs } = keepAlive;
      const wait = (): void => {
        keepalive = timers.set(intervalMs, () => {
          keepalive = timers.set(timeoutMs, () => transport.destroy());
          connection.ping(() => {
            keepalive?.cancel();
            wait();
          });
        });
      };
      wait();
    }
    this.#connection = connection;
    transport.start(connection);
    this.#serve();
  }

  #serve(): void {
    const connection = this.#connection;
    while (connection !== undefined && this.#waiting.length > 0 && connection.activeExchanges < connection.capacity)
      this.#waiting.shift()?.onReady(connection);
  }

  #failed(reason: string): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const handler of waiting) handler.onFailed(reason);
  }
}

function target(address: Address): NetConnectOpts {
  if (address.kind === 'tcp') return { host: address.address, port: address.port, allowHalfOpen: true, noDelay: true };
  const { path } = address;
  return { path: path.startsWith('@') ? `\0${path.slice(1)}` : path, allowHalfOpen: true };
}

function addressesOf({ localities }: EndpointsConfig): readonly Address[] {
  return localities.flatMap(({ endpoints }) => endpoints.map(({ address }) => address));
}
