import type { Host, HostSet } from '@malla/balancing';
import type { EndpointConfig } from '@malla/proxy-config';
import type { ConnectionInfo, SocketEnd } from '../runtime/connection.ts';
import type { Timer, Timers } from '../runtime/services.ts';
import type { HostSource } from './host-source.ts';

/** How long a host may be unused. Source: Envoy's default cleanup_interval. */
const cleanupMs = 5_000;

/** Hosts that are where connections were going before they were redirected; made on demand, and gone when nobody has used them for a while. */
export class OriginalDstHosts implements HostSource {
  readonly #hosts: HostSet;
  readonly #timers: Timers;
  readonly #used = new Set<Host>();
  #timer: Timer | undefined;

  constructor(hosts: HostSet, timers: Timers) {
    this.#hosts = hosts;
    this.#timers = timers;
  }

  start(): void {
    this.#timer = this.#timers.set(cleanupMs, () => {
      this.#cleanUp();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Undefined for connections that were not redirected. */
  hostFor(downstream: ConnectionInfo | undefined): Host | undefined {
    const destination = downstream?.originalDestination;
    if (destination === undefined) return undefined;
    const host = this.#hosts.add(endpointAt(destination));
    this.#used.add(host);
    return host;
  }

  #cleanUp(): void {
    for (const host of this.#hosts.hosts) {
      if (host.activeRequests === 0 && !this.#used.has(host)) this.#hosts.remove(host);
    }
    this.#used.clear();
  }
}

function endpointAt({ address, port }: SocketEnd): EndpointConfig {
  return { address: { kind: 'tcp', address, port }, hostname: '', health: 'healthy', weight: 1, metadata: {} };
}
