import type { ClusterConfig, EndpointConfig, EndpointsConfig } from '@malla/proxy-config';
import type { Counter, StatsScope } from '../runtime/instruments.ts';
import type { Timer, Timers } from '../runtime/services.ts';
import type { HostSource } from './host-source.ts';
import { systemResolve, type Resolve } from './system-resolve.ts';

export interface DnsHostsParams {
  readonly discovery: Extract<ClusterConfig['discovery'], { kind: 'dns' }>;
  readonly timers: Timers;
  readonly scope: StatsScope;
  readonly onEndpoints: (endpoints: EndpointsConfig) => void;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
}

/** Answers arrive within that time, or count as failed: the system's resolver has no bound of its own. */
const patienceMs = 10_000;
/** Answers with a shorter life are kept so long. */
const leastRefreshMs = 1_000;

/** Hosts by DNS: every name is asked for again and again; a name without an answer keeps the addresses it had. */
export class DnsHosts implements HostSource {
  readonly #params: DnsHostsParams;
  readonly #resolve: Resolve;
  readonly #attempt: Counter;
  readonly #success: Counter;
  readonly #failure: Counter;
  readonly #known = new Map<string, readonly string[]>();
  #timer: Timer | undefined;
  #round = 0;
  #waiting = new Set<() => void>();
  #answered = false;

  constructor(params: DnsHostsParams) {
    this.#params = params;
    this.#resolve = params.resolve ?? systemResolve;
    this.#attempt = params.scope.counter('update_attempt');
    this.#success = params.scope.counter('update_success');
    this.#failure = params.scope.counter('update_failure');
  }

  start(): void {
    const { discovery, timers } = this.#params;
    const round = ++this.#round;
    let { refreshMs } = discovery;
    const names = new Set(this.#endpoints().map(nameOf));
    let missing = names.size;
    const over = (): void => {
      if (round !== this.#round) return;
      this.#timer?.cancel();
      this.#publish();
      this.#timer = timers.set(Math.max(leastRefreshMs, refreshMs), () => this.start());
    };
    if (names.size === 0) return over();
    this.#timer = timers.set(patienceMs, over);
    for (const name of names) {
      this.#attempt.inc();
      this.#resolve(name, discovery, (error, addresses, ttlMs) => {
        if (round !== this.#round) return;
        (error === null ? this.#success : this.#failure).inc();
        if (error === null) this.#known.set(name, this.#chosen(name, addresses));
        if (ttlMs !== undefined) refreshMs = Math.min(refreshMs, ttlMs);
        if (--missing === 0) over();
      });
    }
  }

  stop(): void {
    this.#round++;
    this.#timer?.cancel();
    this.#tellWaiting();
  }

  /** Resolves after the first round. */
  ready(): Promise<void> {
    if (this.#answered) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Strict: all; logical: one, and the same as long as the name has it. */
  #chosen(name: string, addresses: readonly string[]): readonly string[] {
    if (this.#params.discovery.strict) return addresses;
    const current = this.#known.get(name)?.[0];
    if (current !== undefined && addresses.includes(current)) return [current];
    return addresses.slice(0, 1);
  }

  #publish(): void {
    const { discovery, onEndpoints } = this.#params;
    onEndpoints({
      ...discovery.endpoints,
      localities: discovery.endpoints.localities.map((group) => ({
        ...group,
        endpoints: group.endpoints.flatMap((endpoint) => this.#resolved(endpoint)),
      })),
    });
    this.#answered = true;
    this.#tellWaiting();
  }

  #resolved(endpoint: EndpointConfig): EndpointConfig[] {
    const { address } = endpoint;
    if (address.kind === 'pipe') return [endpoint];
    const hostname = endpoint.hostname === '' ? address.address : endpoint.hostname;
    const addresses = this.#known.get(address.address) ?? [];
    return addresses.map((each) => ({ ...endpoint, hostname, address: { ...address, address: each } }));
  }

  #endpoints(): readonly EndpointConfig[] {
    return this.#params.discovery.endpoints.localities
      .flatMap(({ endpoints }) => endpoints)
      .filter(({ address }) => address.kind === 'tcp');
  }

  #tellWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }
}

function nameOf({ address }: EndpointConfig): string {
  return address.kind === 'tcp' ? address.address : '';
}
