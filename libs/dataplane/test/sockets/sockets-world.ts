import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { AccessLogType, ListenerConfig } from '@malla/proxy-config';
import type { LogRecord } from '../../src/runtime/log-record.ts';
import { StatsStore } from '../../src/stats/stats-store.ts';
import { createTcpProxy } from '../../src/tcp/create-tcp-proxy.ts';
import { SecretStore } from '../../src/tls/secret-store.ts';
import { createServerTls } from '../../src/tls/server-tls.ts';
import { TlsContexts } from '../../src/tls/tls-contexts.ts';
import { createClusters, type WorkerClusters } from '../../src/upstream/create-clusters.ts';
import {
  createListeners,
  type CreateListenersParams,
  type TerminalFactories,
  type WorkerListeners,
} from '../../src/listener/create-listeners.ts';
import { RealTimers } from './real-timers.ts';

export interface SocketsWorldParams {
  readonly http?: TerminalFactories['http'];
  /** Default: as workers have it. */
  readonly serverTls?: CreateListenersParams['serverTls'];
  readonly drainTimeMs?: number;
  readonly maxConnections?: number;
}

/** Listeners, clusters and TCP proxy of one worker, in this process, with real sockets on loopback. */
export class SocketsWorld {
  readonly store = new StatsStore();
  readonly timers = new RealTimers();
  readonly logged: LogRecord[] = [];
  readonly secrets = new SecretStore();
  /** What was said of secrets that cannot be used. */
  readonly broken: string[] = [];
  readonly clusters: WorkerClusters;
  readonly listeners: WorkerListeners;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor({ http, serverTls, drainTimeMs = 1_000, maxConnections }: SocketsWorldParams = {}) {
    const { store, timers } = this;
    const log = (): void => undefined;
    const contexts = new TlsContexts({ secrets: this.secrets, onBroken: (message) => this.broken.push(message) });
    const now = (): number => timers.wallClock();
    this.clusters = createClusters({ services: { stats: store.root, timers, random: Math.random, log }, contexts });
    const services = { stats: store.root, timers, random: Math.random, log, clusters: this.clusters };
    const accessLog = {
      wants: (_type: AccessLogType): boolean => true,
      log: (record: LogRecord): void => void this.logged.push(record),
    };
    this.listeners = createListeners({
      services,
      terminals: {
        http: http ?? unexpected,
        tcpProxy: (config) => createTcpProxy(config, services, accessLog),
      },
      serverTls: serverTls ?? ((config) => createServerTls({ config, contexts, now })),
      limits: { maxConnections },
      drainTimeMs,
      workerIndex: 0,
    });
  }

  /** Applies listeners; fails when one does not bind. Port of the first. */
  async listen(...configs: ListenerConfig[]): Promise<number> {
    const failures = await this.listeners.apply(configs);
    if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join());
    return this.port(configs[0]?.name ?? '');
  }

  port(listener: string): number {
    const address = this.listeners.addresses(listener)[0];
    return address?.kind === 'tcp' ? address.port : 0;
  }

  /** A server on loopback; its port. */
  async serve(onConnection: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#own(socket);
      onConnection(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** A client connection to a port of loopback. */
  async connect(port: number): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#own(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  }

  /** Value of a counter or gauge; 0 without one. */
  stat(name: string): number {
    return this.#value(name);
  }

  async close(): Promise<void> {
    await this.listeners.close();
    this.clusters.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #own(socket: Socket): void {
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #value(name: string): number {
    return this.store.value(name);
  }
}

/** All bytes of a socket until its end. */
export async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The next chunk of a socket. */
export function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('end', () => socket.end());
    socket.once('close', () => reject(new Error('closed')));
  });
}

/** Waits until the other side has ended or reset the connection, and ends it too. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.once('close', () => resolve());
    if (socket.readableEnded) socket.end();
    else socket.once('end', () => socket.end());
    socket.resume();
  });
}

function unexpected(): never {
  throw new Error('not part of this world');
}
