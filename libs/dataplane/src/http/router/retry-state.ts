import { compileHeaderMatch, type HeaderLookup } from '@malla/authz';
import type { CompiledRoute, ResetOutcome, RouteRetries } from '@malla/matcher';
import type { HeaderList, ResponseHead } from '@malla/http-codec';
import type { Host } from '@malla/balancing';
import { BackOff } from '../../runtime/back-off.ts';
import type { ClusterRuntime } from '../../runtime/upstream.ts';
import type { Stream } from '../stream/stream.ts';
import type { ClusterStats } from '../stats/cluster-stats.ts';

/** `no-limit`: the policy's tries are used up. `no-overflow`: too many requests are being retried. */
export type RetryDecision = 'yes' | 'no' | 'no-limit' | 'no-overflow';

type Condition = (headers: HeaderLookup) => boolean;

/** What of a route's policy is beyond the matcher's rules. */
interface Extras {
  readonly responseHeaders: readonly Condition[];
  readonly requestHeaders: readonly Condition[];
  /** Retries what the upstream itself has rate limited. */
  readonly rateLimited: boolean;
}

const extrasByRoute = new WeakMap<CompiledRoute, Extras>();

function extrasOf(route: CompiledRoute): Extras {
  const known = extrasByRoute.get(route);
  if (known !== undefined) return known;
  const { forward } = route.config;
  const on = route.forward?.retry?.retryOn ?? [];
  const made: Extras = {
    responseHeaders: on.includes('retriable-headers') ? (forward?.retriableHeaders ?? []).map(compileHeaderMatch) : [],
    requestHeaders: (forward?.retriableRequestHeaders ?? []).map(compileHeaderMatch),
    rateLimited: on.includes('envoy-ratelimited'),
  };
  extrasByRoute.set(route, made);
  return made;
}

interface Params {
  readonly route: CompiledRoute;
  readonly retries: RouteRetries;
  readonly cluster: ClusterRuntime;
  readonly stats: ClusterStats;
  readonly random: () => number;
}

/** How often one request was tried, and whether once more. Source: Envoy's source/common/router/retry_state_impl.cc. */
export class RetryState {
  /** Hosts that were tried, when the policy wants others; undefined: it does not care. */
  readonly tried: Set<Host> | undefined;
  readonly #params: Params;
  readonly #extras: Extras;
  #left: number;
  /** Made for the first retry. */
  #backOff: BackOff | undefined;
  /** A try that the policy ordered holds a unit of the limit of retries. */
  #counted = false;

  private constructor(params: Params) {
    this.#params = params;
    this.#extras = extrasOf(params.route);
    this.#left = params.retries.attempts;
    this.tried = params.retries.ignorePreviousHosts ? new Set() : undefined;
  }

  /** Undefined when this request is never tried again. */
  static for(stream: Stream, at: Pick<Params, 'cluster' | 'stats'>): RetryState | undefined {
    const { route, manager } = stream;
    if (route?.retries === undefined) return undefined;
    const { requestHeaders } = extrasOf(route);
    if (requestHeaders.length > 0 && !requestHeaders.some((matches) => matches(stream))) return undefined;
    return new RetryState({ ...at, route, retries: route.retries, random: manager.services.random });
  }

  afterResponse(head: ResponseHead): RetryDecision {
    return this.#decide(this.#wants(head.status, head.headers));
  }

  afterReset(outcome: ResetOutcome, sent: boolean): RetryDecision {
    return this.#decide(this.#params.retries.rules.afterReset(outcome, sent));
  }

  /** How long to wait before the next try. */
  nextBackoffMs(): number {
    const { retries, random } = this.#params;
    this.#backOff ??= new BackOff({ baseMs: retries.backoffBaseMs, maxMs: retries.backoffMaxMs, random });
    return this.#backOff.next();
  }

  /** The request is over, or not to be tried again. */
  release(): void {
    if (!this.#counted) return;
    this.#counted = false;
    this.#params.cluster.limits.retries.release();
  }

  #wants(status: number, headers: HeaderList): boolean {
    const { responseHeaders, rateLimited } = this.#extras;
    if (headers.has('x-envoy-ratelimited') && !rateLimited) return false;
    if (this.#params.retries.rules.afterResponse(status, headers)) return true;
    for (let i = 0; i < responseHeaders.length; i++) if (responseHeaders[i]?.(headers)) return true;
    return false;
  }

  #decide(wanted: boolean): RetryDecision {
    const { stats, cluster } = this.#params;
    if (this.#counted && !wanted) stats.retrySuccess.inc();
    this.release();
    if (!wanted) return 'no';
    if (this.#left === 0) {
      stats.retryLimitExceeded.inc();
      return 'no-limit';
    }
    this.#left--;
    if (!cluster.limits.retries.tryAcquire()) return 'no-overflow';
    this.#counted = true;
    stats.retry.inc();
    stats.retryBackoffExponential.inc();
    return 'yes';
  }
}
