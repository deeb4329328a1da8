import type { HealthCheckConfig } from '@malla/proxy-config';
import type { RandomSource } from '../balancers/balancer.ts';

/** How a check ended. `network`: no connection, a broken one, or a time-out; `failed`: an answer that is not the expected one. */
export type HealthCheckResult = 'passed' | 'failed' | 'network';

export interface HealthCheckStateParams {
  readonly config: HealthCheckConfig;
  readonly random: RandomSource;
  /** The cluster has carried traffic: else checks come at the slower `noTrafficIntervalMs`. */
  readonly hasTraffic: () => boolean;
  /** Told when the verdict on the host changes. */
  readonly onChange: (healthy: boolean) => void;
}

/**
 * Envoy's thresholds and intervals of one active health check of one host. A host starts unhealthy, its very first check decides alone when it
 * passes, and a check is due at once. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/upstream/health_checking
 */
export class HealthCheckState {
  readonly #params: HealthCheckStateParams;
  #healthy = false;
  #first = true;
  #passed = 0;
  #failed = 0;

  constructor(params: HealthCheckStateParams) {
    this.#params = params;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** Takes a result; returns after how many ms the next check is due, 1 or more. */
  onResult(result: HealthCheckResult): number {
    if (result === 'passed') this.#onPassed();
    else this.#onFailed(result);
    this.#first = false;
    return this.#nextDelayMs();
  }

  /** The host said so itself, by its answer to a request: unhealthy at once. */
  failImmediately(): void {
    this.#passed = 0;
    if (this.#healthy) this.#change(false);
  }

  #onPassed(): void {
    this.#failed = 0;
    if (this.#healthy) return;
    if (this.#first || ++this.#passed >= this.#params.config.healthyThreshold) this.#change(true);
  }

  #onFailed(result: HealthCheckResult): void {
    this.#passed = 0;
    if (!this.#healthy) return;
    // An answer is a verdict; a network that fails is given another chance.
    if (result === 'failed' || ++this.#failed >= this.#params.config.unhealthyThreshold) this.#change(false);
  }

  #change(healthy: boolean): void {
    this.#healthy = healthy;
    this.#passed = 0;
    this.#failed = 0;
    this.#params.onChange(healthy);
  }

  #nextDelayMs(): number {
    const { config, random, hasTraffic } = this.#params;
    const base = hasTraffic() ? config.intervalMs : config.noTrafficIntervalMs;
    return Math.max(1, base + Math.floor(random() * config.intervalJitterMs));
  }
}
