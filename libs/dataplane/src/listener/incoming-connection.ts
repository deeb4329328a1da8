import type { Socket } from 'node:net';
import type { SocketEnd } from '../runtime/connection.ts';
import type { Timer } from '../runtime/services.ts';
import { localEnd, remoteEnd } from '../transport/socket-end.ts';
import { reportFault } from '../transport/socket-transport.ts';
import { AwaitedBytes } from './awaited-bytes.ts';
import { ChosenConnection, type ChosenParams } from './chosen-connection.ts';
import { readClientHello, type ClientHello } from './client-hello.ts';
import { holds } from './connection-predicate.ts';
import type { FilterChain } from './filter-chain.ts';
import type { AcceptingListener } from './accepting-listener.ts';

/**
 * An accepted connection on its way to the last filter of a filter chain: listener filters, choice of the chain, TLS, network filters. Bytes that
 * were looked at are kept and replayed.
 */
export class IncomingConnection {
  readonly #socket: Socket;
  readonly #id: number;
  readonly #acceptedAt: number;
  readonly #startedAt: number;
  #listener: AcceptingListener;
  #nextFilter = 0;
  #handedOver = false;
  #local: SocketEnd;
  readonly #remote: SocketEnd;
  #restored: SocketEnd | undefined;
  #hello: ClientHello | undefined;
  readonly #bytes: AwaitedBytes;
  #timer: Timer | undefined;
  #over = false;

  constructor(socket: Socket, listener: AcceptingListener, id: number) {
    this.#socket = socket;
    this.#listener = listener;
    this.#id = id;
    const { timers } = listener.services;
    this.#acceptedAt = timers.now();
    this.#startedAt = timers.wallClock();
    this.#local = localEnd(socket, listener.ownEnd);
    this.#remote = remoteEnd(socket);
    this.#bytes = new AwaitedBytes(socket);
    socket.on('error', ignore);
    listener.stats.preCxActive.inc();
    if (listener.config.listenerFilters.length > 0) socket.once('close', () => this.#gone());
  }

  /** Runs the listener filters that are left; goes on by itself when one of them has to wait for bytes. A fault of theirs, or of the choice, ends it. */
  runFilters(): void {
    try {
      this.#runFilters();
    } catch (error) {
      reportFault(error);
      this.#close();
    }
  }

  #runFilters(): void {
    const { listenerFilters } = this.#listener.config;
    while (this.#nextFilter < listenerFilters.length) {
      const filter = listenerFilters[this.#nextFilter];
      if (filter === undefined) break;
      if (filter.disabledFor === undefined || !holds(filter.disabledFor, this.#local.port)) {
        if (filter.kind === 'original-dst') this.#restoreDestination();
        else if (!this.#inspect()) return;
      }
      this.#nextFilter++;
    }
    this.#filtersDone();
  }

  #restoreDestination(): void {
    const destination = this.#listener.originalDestination?.(this.#socket);
    if (destination === undefined) return;
    if (destination.address === this.#local.address && destination.port === this.#local.port) return;
    this.#restored = destination;
    this.#local = destination;
  }

  /** False while bytes are missing, and when the connection is over. */
  #inspect(): boolean {
    const { inspectorStats } = this.#listener;
    const result = readClientHello(this.#bytes.take());
    switch (result.kind) {
      case 'more':
        this.#waitForBytes();
        return false;
      case 'too-big':
        inspectorStats.tooBig.inc();
        this.#close();
        return false;
      case 'not-tls':
        inspectorStats.tlsNotFound.inc();
        return true;
      case 'hello':
        this.#hello = result.hello;
        inspectorStats.tlsFound.inc();
        (result.hello.serverName === '' ? inspectorStats.sniNotFound : inspectorStats.sniFound).inc();
        (result.hello.applicationProtocols.length === 0 ? inspectorStats.alpnNotFound : inspectorStats.alpnFound).inc();
        return true;
    }
  }

  #waitForBytes(): void {
    if (this.#bytes.awaited) return;
    const { config, services } = this.#listener;
    this.#bytes.wait({ onBytes: () => this.runFilters(), onEnd: () => this.#close() });
    if (config.listenerFiltersTimeoutMs > 0 && this.#timer === undefined) {
      this.#timer = services.timers.set(config.listenerFiltersTimeoutMs, () => this.#filtersTimedOut());
    }
  }

  #filtersTimedOut(): void {
    if (this.#over) return;
    this.#listener.stats.preCxTimeout.inc();
    if (!this.#listener.config.continueOnListenerFiltersTimeout) return this.#close();
    this.#nextFilter = this.#listener.config.listenerFilters.length;
    this.runFilters();
  }

  #filtersDone(): void {
    this.#bytes.stop();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#listener.stats.preCxActive.dec();
    this.#over = true;
    const other = this.#handOver();
    if (other !== undefined) {
      this.#over = false;
      this.#handedOver = true;
      this.#listener = other;
      this.#nextFilter = 0;
      other.stats.preCxActive.inc();
      return this.runFilters();
    }
    const chain = this.#listener.chainFor({
      localAddress: this.#local.address,
      localPort: this.#local.port,
      remoteAddress: this.#remote.address,
      remotePort: this.#remote.port,
      serverName: this.#hello?.serverName ?? '',
      transportProtocol: this.#hello === undefined ? 'raw_buffer' : 'tls',
      applicationProtocols: this.#hello?.applicationProtocols ?? [],
    });
    if (chain === undefined) {
      this.#listener.stats.noFilterChainMatch.inc();
      this.#socket.destroy();
      return;
    }
    new ChosenConnection(this.#chosen(chain)).begin();
  }

  #handOver(): AcceptingListener | undefined {
    if (!this.#listener.config.useOriginalDst || this.#handedOver || this.#restored === undefined) return undefined;
    const other = this.#listener.findListener(this.#restored);
    return other === this.#listener ? undefined : other;
  }

  #chosen(chain: FilterChain): ChosenParams {
    return {
      socket: this.#socket,
      listener: this.#listener,
      chain,
      acceptedAt: this.#acceptedAt,
      bytes: this.#bytes,
      hello: this.#hello,
      info: {
        id: this.#id,
        remote: this.#remote,
        local: this.#local,
        listener: this.#listener.config.name,
        filterChain: chain.config.name,
        direction: this.#listener.config.direction,
        requestedServerName: this.#hello?.serverName ?? '',
        startedAt: this.#startedAt,
        scratch: new Map(),
        ...(this.#restored && { originalDestination: this.#restored }),
      },
    };
  }

  #close(): void {
    this.#socket.destroy();
    this.#gone();
  }

  /** It ended before a chain was chosen. */
  #gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#bytes.stop();
    this.#listener.stats.preCxActive.dec();
  }
}

function ignore(): void {
  // Whoever owns the socket learns it by its close.
}
