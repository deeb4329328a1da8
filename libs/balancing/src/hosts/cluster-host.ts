import type { EndpointConfig, LocalityConfig } from '@malla/proxy-config';
import type { Host } from '../host.ts';
import { HostCounts } from './host-counts.ts';

/** What a host is good for. Source: Envoy's Host::Health. */
export type HostHealth = 'healthy' | 'degraded' | 'unhealthy';

/** The one implementation of {@link Host}; only {@link HostSet} changes more than `activeRequests`. */
export class ClusterHost implements Host {
  readonly key: string;
  endpoint: EndpointConfig;
  locality: LocalityConfig['locality'];
  priority: number;
  activeRequests = 0;
  readonly counts = new HostCounts();
  gone = false;
  ejected = false;
  /** Active health checks say that it is unhealthy; also before the first one has passed. */
  checkFailed: boolean;
  /** Ms of the owner's clock: when it became healthy last, or appeared healthy. Slow start counts from there. */
  healthySince: number | undefined;
  #health: HostHealth = 'unhealthy';

  constructor(key: string, endpoint: EndpointConfig, group: LocalityConfig, checked: boolean) {
    this.key = key;
    this.endpoint = endpoint;
    this.locality = group.locality;
    this.priority = group.priority;
    this.checkFailed = checked;
    this.refreshHealth();
  }

  /** Load balancing weight, 1 or more. */
  get weight(): number {
    return this.endpoint.weight;
  }

  get healthy(): boolean {
    return this.#health === 'healthy';
  }

  get health(): HostHealth {
    return this.#health;
  }

  /** Draining hosts count neither as healthy nor in the total of which healthy ones are a share. */
  get excluded(): boolean {
    return this.endpoint.health === 'draining';
  }

  /** Puts the three sources of health together; true when the result is another than before. */
  refreshHealth(): boolean {
    const before = this.#health;
    this.#health = this.ejected || this.checkFailed ? 'unhealthy' : edsHealth(this.endpoint.health);
    return this.#health !== before;
  }
}

function edsHealth(status: EndpointConfig['health']): HostHealth {
  switch (status) {
    case 'unknown':
    case 'healthy':
      return 'healthy';
    case 'degraded':
      return 'degraded';
    case 'unhealthy':
    case 'draining':
    case 'timeout':
      return 'unhealthy';
  }
}
