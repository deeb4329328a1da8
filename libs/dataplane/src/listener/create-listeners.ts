import type {
  Address,
  DownstreamTlsConfig,
  FilterChainConfig,
  HttpManagerConfig,
  ListenerConfig,
  TcpProxyConfig,
} from '@malla/proxy-config';
import type { SocketEnd, TerminalFilter } from '../runtime/connection.ts';
import type { StatsScope } from '../runtime/instruments.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import { ConnectionLimit, type ConnectionLimitParams } from './connection-limit.ts';
import { FilterChain } from './filter-chain.ts';
import { InspectorStats } from './inspector-stats.ts';
import type { ListenerServices } from './accepting-listener.ts';
import { differsOnlyInChains, ListenerAtWork } from './listener-at-work.ts';
import { listenerScope } from './listener-stats.ts';
import { NetworkGuard } from './network-guard.ts';

/** Where a terminal filter stands. */
export interface ChainContext {
  readonly listener: ListenerConfig;
  readonly chain: FilterChainConfig;
  /** `listener.<address>.`, for statistics such as `listener.<address>.http.<prefix>.downstream_rq_2xx`. */
  readonly listenerStats: StatsScope;
}

/** Makes the last filters of filter chains, once for each version of a chain. */
export interface TerminalFactories {
  http(config: HttpManagerConfig, context: ChainContext): TerminalFilter;
  tcpProxy(config: TcpProxyConfig, context: ChainContext): TerminalFilter;
}

export interface CreateListenersParams {
  readonly services: ListenerServices;
  readonly terminals: TerminalFactories;
  /** TLS of a chain; its secrets may come later. */
  readonly serverTls: (config: DownstreamTlsConfig) => ServerTls;
  readonly limits?: ConnectionLimitParams;
  /** How long connections of a removed or changed chain may go on, in milliseconds. Envoy's `--drain-time-s`. */
  readonly drainTimeMs: number;
  /** 0 opens Unix sockets too, which cannot be shared between workers. */
  readonly workerIndex: number;
}

/** A listener that could not be put in place; the version before it, if any, goes on. */
export interface ListenerFailure {
  readonly name: string;
  readonly message: string;
}

/** The listeners of a worker, and how they change. */
export interface WorkerListeners {
  /** Adds or replaces; calls run one after the other. Resolves with what could not be bound. */
  apply(configs: readonly ListenerConfig[]): Promise<readonly ListenerFailure[]>;
  /** Sockets close at once; connections drain. */
  remove(names: readonly string[]): Promise<void>;
  /** Connections finish what they do, and new ones are still taken: the sockets stay open. */
  drain(directions?: readonly ListenerConfig['direction'][]): void;
  /** Accepts nothing more. */
  stop(directions?: readonly ListenerConfig['direction'][]): void;
  /** Brings gauges up to date. Before statistics are read. */
  refreshStats(): void;
  /** Stops, and destroys what is left. */
  close(): Promise<void>;
  /** Where a listener listens, with the ports that were chosen; empty without such a listener. */
  addresses(name: string): readonly Address[];
  names(): readonly string[];
}

/** No listeners yet. */
export function createListeners(params: CreateListenersParams): WorkerListeners {
  return new ListenerTable(params);
}

class ListenerTable implements WorkerListeners {
  readonly #params: CreateListenersParams;
  readonly #listeners = new Map<string, ListenerAtWork>();
  readonly #limit: ConnectionLimit;
  readonly #inspectorStats: InspectorStats;
  /** Chains that have no listener any more, or are not its newest, and still have connections. */
  readonly #leftovers = new Set<FilterChain>();
  /** Listeners that were removed or replaced. */
  readonly #retired = new Set<ListenerAtWork>();
  #nextId = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(params: CreateListenersParams) {
    this.#params = params;
    this.#limit = new ConnectionLimit(params.limits ?? {});
    this.#inspectorStats = new InspectorStats(params.services.stats);
  }

  apply(configs: readonly ListenerConfig[]): Promise<readonly ListenerFailure[]> {
    return this.#inTurn(async () => {
      const failures: ListenerFailure[] = [];
      for (const config of configs) {
        try {
          await this.#applyOne(config);
        } catch (error) {
          failures.push({ name: config.name, message: error instanceof Error ? error.message : String(error) });
        }
      }
      return failures;
    });
  }

  remove(names: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const name of names) {
        const listener = this.#listeners.get(name);
        if (listener === undefined) continue;
        this.#listeners.delete(name);
        this.#retire(listener);
      }
    });
  }

  drain(directions?: readonly ListenerConfig['direction'][]): void {
    for (const listener of this.#of(directions)) listener.drain();
  }

  stop(directions?: readonly ListenerConfig['direction'][]): void {
    for (const listener of this.#of(directions)) listener.stop();
  }

  refreshStats(): void {
    const { stats } = this.#params.services;
    this.#forgetEmpty();
    const ofRetired = [...this.#retired].reduce((sum, listener) => sum + listener.chains().filter(isInUse).length, 0);
    stats.gauge('listener_manager.total_listeners_draining').set(this.#retired.size);
    stats.gauge('listener_manager.total_filter_chains_draining').set(this.#leftovers.size - ofRetired);
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      for (const listener of this.#listeners.values()) {
        listener.stop();
        listener.destroyConnections();
      }
      for (const chain of this.#leftovers) chain.destroy();
      this.#leftovers.clear();
      this.#listeners.clear();
    });
  }

  addresses(name: string): readonly Address[] {
    return this.#listeners.get(name)?.addresses ?? [];
  }

  names(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #applyOne(config: ListenerConfig): Promise<void> {
    const old = this.#listeners.get(config.name);
    if (old !== undefined && differsOnlyInChains(old.config, config)) {
      this.#drainChains(old.updateChains(config));
      return;
    }
    const listener = new ListenerAtWork(config, {
      services: this.#params.services,
      limit: this.#limit,
      inspectorStats: this.#inspectorStats,
      makeChain: (chain, of) => this.#makeChain(chain, of),
      findListener: (destination) => this.#findListener(destination),
      workerIndex: this.#params.workerIndex,
      nextConnectionId: () => this.#nextId++,
    });
    await listener.prepare();
    if (old !== undefined && sameSockets(old.config, config)) listener.takeSockets(old);
    else await listener.open();
    this.#listeners.set(config.name, listener);
    if (old !== undefined) this.#retire(old);
  }

  #retire(listener: ListenerAtWork): void {
    listener.stop();
    this.#retired.add(listener);
    this.#drainChains(listener.chains());
  }

  #drainChains(chains: readonly FilterChain[]): void {
    const { services, drainTimeMs } = this.#params;
    for (const chain of chains) {
      chain.drain(services.timers, drainTimeMs);
      this.#leftovers.add(chain);
    }
    this.#forgetEmpty();
  }

  #forgetEmpty(): void {
    for (const chain of this.#leftovers) if (!isInUse(chain)) this.#leftovers.delete(chain);
    for (const listener of this.#retired) if (!listener.chains().some(isInUse)) this.#retired.delete(listener);
  }

  #makeChain(config: FilterChainConfig, listener: ListenerConfig): FilterChain {
    const { services, serverTls } = this.#params;
    return new FilterChain({
      config,
      guard: new NetworkGuard(config.filters, services.stats),
      terminal: this.#terminal(config, listener),
      tls: config.tls && serverTls(config.tls),
    });
  }

  #terminal(chain: FilterChainConfig, listener: ListenerConfig): TerminalFilter {
    const { terminals, services } = this.#params;
    const last = chain.filters.at(-1);
    const context = { listener, chain, listenerStats: listenerScope(services.stats, listener.addresses[0] as Address) };
    if (last?.kind === 'http') return terminals.http(last.config, context);
    if (last?.kind === 'tcp-proxy') return terminals.tcpProxy(last.config, context);
    throw new Error(`filter chain ${chain.name} has no filter at its end that takes connections`);
  }

  /** The exact address wins over the one for all addresses. Source: Envoy's ConnectionHandlerImpl::getBalancedHandlerByAddress. */
  #findListener({ address, port }: SocketEnd): ListenerAtWork | undefined {
    let anyAddress: ListenerAtWork | undefined;
    const wildcard = address.includes(':') ? '::' : '0.0.0.0';
    for (const listener of this.#listeners.values()) {
      for (const own of listener.config.addresses) {
        if (own.kind !== 'tcp' || own.port !== port) continue;
        if (own.address === address) return listener;
        if (own.address === wildcard) anyAddress ??= listener;
      }
    }
    return anyAddress;
  }

  *#of(directions: readonly ListenerConfig['direction'][] | undefined): Generator<ListenerAtWork> {
    for (const listener of this.#listeners.values()) {
      if (directions === undefined || directions.includes(listener.config.direction)) yield listener;
    }
  }
}

function isInUse({ connections }: FilterChain): boolean {
  return connections.size > 0;
}

function sameSockets(a: ListenerConfig, b: ListenerConfig): boolean {
  return a.bindToPort === b.bindToPort && JSON.stringify(a.addresses) === JSON.stringify(b.addresses);
}
