import type { Transport } from '@malla/http-codec';
import type { FilterChainConfig } from '@malla/proxy-config';
import type { TerminalFilter, TerminalReader } from '../runtime/connection.ts';
import type { Timers } from '../runtime/services.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import type { NetworkGuard } from './network-guard.ts';

/** A connection that a chain's last filter has. */
export interface LiveConnection {
  readonly transport: Transport;
  readonly reader: TerminalReader;
}

export interface FilterChainParams {
  readonly config: FilterChainConfig;
  readonly guard: NetworkGuard;
  readonly terminal: TerminalFilter;
  /** Absent: plain text. */
  readonly tls: ServerTls | undefined;
}

/** One version of a filter chain, with the connections that began with it. */
export class FilterChain {
  readonly config: FilterChainConfig;
  readonly guard: NetworkGuard;
  readonly terminal: TerminalFilter;
  readonly tls: ServerTls | undefined;
  readonly connections = new Set<LiveConnection>();
  #draining = false;

  constructor({ config, guard, terminal, tls }: FilterChainParams) {
    this.config = config;
    this.guard = guard;
    this.terminal = terminal;
    this.tls = tls;
  }

  /** Connections of it end as soon as they can. */
  get draining(): boolean {
    return this.#draining;
  }

  add(connection: LiveConnection): void {
    this.connections.add(connection);
    if (this.#draining) connection.reader.drain();
  }

  /** All connections finish what they do; those that are left after `ms` are closed. Without `ms` they have all the time they want. */
  drain(timers: Timers, ms?: number): void {
    if (!this.#draining) {
      this.#draining = true;
      for (const { reader } of [...this.connections]) reader.drain();
    }
    if (ms !== undefined) timers.set(ms, () => this.destroy());
  }

  destroy(): void {
    for (const { transport } of [...this.connections]) transport.destroy();
  }
}
