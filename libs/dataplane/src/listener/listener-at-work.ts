import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Address, FilterChainConfig, ListenerConfig } from '@malla/proxy-config';
import type { SocketEnd } from '../runtime/connection.ts';
import { endOf } from '../transport/socket-end.ts';
import { reportFault } from '../transport/socket-transport.ts';
import type { AcceptingListener, ListenerServices } from './accepting-listener.ts';
import { BoundSocket } from './bound-socket.ts';
import { ChainTable, type ChainFacts } from './chain-table.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import type { FilterChain } from './filter-chain.ts';
import { IncomingConnection } from './incoming-connection.ts';
import type { InspectorStats } from './inspector-stats.ts';
import { loadOriginalDestination, type OriginalDestination } from './original-destination.ts';
import { ListenerStats, listenerScope } from './listener-stats.ts';

export interface ListenerParams {
  readonly services: ListenerServices;
  readonly limit: ConnectionLimit;
  readonly inspectorStats: InspectorStats;
  readonly makeChain: (config: FilterChainConfig, listener: ListenerConfig) => FilterChain;
  /** The listener that a restored destination belongs to. */
  readonly findListener: (destination: SocketEnd) => ListenerAtWork | undefined;
  /** Unix sockets cannot be shared: only worker 0 has them. */
  readonly workerIndex: number;
  readonly nextConnectionId: () => number;
}

/** A listener in one worker: its sockets, and the newest version of its filter chains. */
export class ListenerAtWork implements AcceptingListener {
  readonly services: ListenerServices;
  readonly stats: ListenerStats;
  readonly inspectorStats: InspectorStats;
  /** Set when a listener filter needs it. */
  originalDestination: OriginalDestination | undefined;
  /** Its first address; with the port that was chosen when the configuration has none. */
  ownEnd: SocketEnd;
  readonly #params: ListenerParams;
  #config: ListenerConfig;
  #sockets: BoundSocket[] = [];
  #chains: readonly FilterChain[];
  #default: FilterChain | undefined;
  #table: ChainTable<FilterChain>;

  constructor(config: ListenerConfig, params: ListenerParams) {
    this.#params = params;
    this.#config = config;
    this.services = params.services;
    this.inspectorStats = params.inspectorStats;
    this.ownEnd = endOf(config.addresses[0] as Address);
    this.stats = new ListenerStats(
      listenerScope(params.services.stats, config.addresses[0] as Address),
      params.workerIndex,
    );
    this.#chains = config.filterChains.map((chain) => params.makeChain(chain, config));
    this.#default = config.defaultFilterChain && params.makeChain(config.defaultFilterChain, config);
    this.#table = tableOf(this.#chains);
  }

  get config(): ListenerConfig {
    return this.#config;
  }

  /** Where it listens, with the ports that were chosen. */
  get addresses(): readonly Address[] {
    return this.#sockets.length > 0 ? this.#sockets.map(({ address }) => address) : this.#config.addresses;
  }

  /** Loads what its listener filters need; throws when it cannot be had. */
  async prepare(): Promise<void> {
    if (this.#config.listenerFilters.some(({ kind }) => kind === 'original-dst')) {
      this.originalDestination = await loadOriginalDestination();
    }
  }

  /** Opens its sockets; when one cannot be opened none is left, and it throws. */
  async open(): Promise<void> {
    if (!this.#config.bindToPort) return;
    const opened: BoundSocket[] = [];
    try {
      for (const address of this.#config.addresses) {
        if (address.kind === 'pipe' && this.#params.workerIndex !== 0) continue;
        opened.push(await BoundSocket.open(address, (socket) => this.accept(socket)));
      }
    } catch (error) {
      for (const socket of opened) socket.close();
      throw error;
    }
    this.#sockets = opened;
    if (opened[0] !== undefined) this.ownEnd = endOf(opened[0].address);
  }

  /** Takes the sockets of the listener that this one replaces: no connection in their queues is lost. */
  takeSockets(old: ListenerAtWork): void {
    this.#sockets = old.#sockets;
    this.ownEnd = old.ownEnd;
    old.#sockets = [];
    for (const socket of this.#sockets) socket.handler = (connection) => this.accept(connection);
  }

  accept(socket: Socket): void {
    const { limit, nextConnectionId } = this.#params;
    try {
      if (limit.take(socket, this.#config.ignoreGlobalConnectionLimit)) {
        new IncomingConnection(socket, this, nextConnectionId()).runFilters();
        return;
      }
      this.stats.globalCxOverflow.inc();
    } catch (error) {
      // A bug, which costs this connection and not the thread.
      reportFault(error);
    }
    socket.destroy();
  }

  chainFor(facts: ChainFacts): FilterChain | undefined {
    return this.#table.find(facts) ?? this.#default;
  }

  findListener(destination: SocketEnd): ListenerAtWork | undefined {
    return this.#params.findListener(destination);
  }

  /**
   * Envoy's in-place update: chains that are the same go on, with their connections; the others are gone for new connections. Returns those, for their
   * connections to drain.
   */
  updateChains(config: ListenerConfig): readonly FilterChain[] {
    const old = this.#default === undefined ? this.#chains : [...this.#chains, this.#default];
    const kept = new Set<FilterChain>();
    const take = (wanted: FilterChainConfig): FilterChain => {
      const same = old.find((chain) => !kept.has(chain) && isDeepStrictEqual(chain.config, wanted));
      if (same === undefined) return this.#params.makeChain(wanted, config);
      kept.add(same);
      return same;
    };
    // All is made before anything is exchanged: a chain that cannot be made leaves the version before as it was.
    const chains = config.filterChains.map(take);
    const whenNoneMatches = config.defaultFilterChain && take(config.defaultFilterChain);
    const table = tableOf(chains);
    this.#config = config;
    this.#chains = chains;
    this.#default = whenNoneMatches;
    this.#table = table;
    return old.filter((chain) => !kept.has(chain));
  }

  /** Connections finish what they do; new ones are still taken, and are told to end soon. */
  drain(ms?: number): void {
    for (const chain of this.chains()) chain.drain(this.services.timers, ms);
  }

  /** Accepts nothing more. */
  stop(): void {
    for (const socket of this.#sockets) socket.close();
    this.#sockets = [];
  }

  destroyConnections(): void {
    for (const chain of this.chains()) chain.destroy();
  }

  chains(): readonly FilterChain[] {
    return this.#default === undefined ? this.#chains : [...this.#chains, this.#default];
  }
}

/** True when two configurations of a listener differ in filter chains only. */
export function differsOnlyInChains(a: ListenerConfig, b: ListenerConfig): boolean {
  return isDeepStrictEqual(withoutChains(a), withoutChains(b));
}

function withoutChains(config: ListenerConfig): object {
  const { filterChains: _chains, defaultFilterChain: _default, metadata: _metadata, ...rest } = config;
  return rest;
}

function tableOf(chains: readonly FilterChain[]): ChainTable<FilterChain> {
  return new ChainTable(chains.map((chain) => ({ match: chain.config.match, chain })));
}
