import { xxHash64 } from '@malla/balancing';
import type { ForwardIr, HeaderOperationsIr, WeightedDestinationIr } from '@malla/ir';
import type { PerFilterConfig, RouteConfig, VirtualHostConfig } from '@malla/proxy-config';
import { happens, type Random } from './choice.ts';
import { hashInput } from './hash.ts';
import { HeaderEdits } from './header-edits.ts';
import { rewriteTarget } from './path.ts';
import { RetryRules } from './retry-plan.ts';
import { RouteConditions } from './route-match.ts';
import type { RouteRequest } from './route-request.ts';

/** A destination of a forwarding route. */
export interface CompiledDestination {
  /** Position among the route's destinations. */
  readonly index: number;
  readonly cluster: string;
  /** Of route and destination together. */
  readonly requestEdits: HeaderEdits;
  readonly responseEdits: HeaderEdits;
  /** A new Host header. */
  readonly hostRewrite: string | undefined;
}

/** When and how a route tries again; times in milliseconds. */
export interface RouteRetries {
  /** Tries after the first. */
  readonly attempts: number;
  readonly perTryTimeoutMs: number | undefined;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly ignorePreviousHosts: boolean;
  readonly hostSelectionAttempts: number;
  readonly rules: RetryRules;
}

/** A route, ready to be asked. */
export class CompiledRoute {
  readonly config: RouteConfig;
  readonly virtualHost: VirtualHostConfig;
  readonly conditions: RouteConditions;
  /** Set on forwarding routes, as are `destinations` (at least one). */
  readonly forward: ForwardIr | undefined;
  readonly destinations: readonly CompiledDestination[];
  readonly retries: RouteRetries | undefined;
  /** Of answers by the proxy itself, such as redirects. */
  readonly responseEdits: HeaderEdits;
  /** Sum of the weights up to each destination. */
  readonly #bounds: readonly number[];
  readonly #total: number;

  constructor(config: RouteConfig, virtualHost: VirtualHostConfig) {
    const { action, headers } = config;
    this.config = config;
    this.virtualHost = virtualHost;
    this.conditions = new RouteConditions(config.match);
    this.responseEdits = new HeaderEdits([headers.response]);
    this.forward = action.kind === 'forward' ? action : undefined;
    this.destinations = (this.forward?.destinations ?? []).map((destination, index) =>
      compileDestination(destination, { index, route: config, action: action as ForwardIr }),
    );
    let total = 0;
    this.#bounds = (this.forward?.destinations ?? []).map(({ weight }) => (total += weight));
    this.#total = total;
    this.retries = compileRetries(config);
  }

  /** The destination at a position in [0, 1) on the line of all weights. Only on forwarding routes. */
  chooseDestination(random: number): CompiledDestination {
    const position = random * this.#total;
    const at = this.destinations.length === 1 ? 0 : this.#bounds.findIndex((bound) => position < bound);
    return (this.destinations[at] ?? this.destinations.at(-1)) as CompiledDestination;
  }

  /** The target after the route's rewrite; the query stays. */
  rewritePath(target: string): string {
    const rewrite = this.forward?.rewrite;
    return rewrite === undefined ? target : rewriteTarget(target, rewrite, this.config.match.path);
  }

  /**
   * What consistent hashing goes by: the values of all policies, each rotated in as Envoy does; undefined when none applies.
   * Source: Envoy source/common/http/hash_policy.cc.
   */
  hash(request: RouteRequest, newCookie: () => string): { readonly hash?: bigint; readonly setCookie?: string } {
    const policies = this.forward?.hash ?? [];
    if (policies.length === 0) return noHash;
    const { values, setCookie } = hashInput(policies, request, newCookie);
    const hash = values.reduce<bigint | undefined>(
      (sum, value) => (sum === undefined ? 0n : rotateLeft(sum)) ^ xxHash64(value),
      undefined,
    );
    return { ...(hash !== undefined && { hash }), ...(setCookie !== undefined && { setCookie }) };
  }

  /** Clusters that get a copy of this request. */
  mirrors(random: Random): readonly string[] {
    const mirrors = this.forward?.mirrors ?? [];
    if (mirrors.length === 0) return noClusters;
    return mirrors.filter(({ percent }) => happens(percent, random())).map(({ cluster }) => cluster);
  }

  /** A filter's configuration here: the destination's, else the route's, else the virtual host's. */
  filter(name: string, destination?: CompiledDestination): PerFilterConfig | undefined {
    const ofDestination = destination && this.config.forward?.destinations[destination.index]?.filters.get(name);
    return ofDestination ?? this.config.filters.get(name) ?? this.virtualHost.filters.get(name);
  }
}

const noHash = {};
const noClusters: readonly string[] = [];

function rotateLeft(hash: bigint): bigint {
  return BigInt.asUintN(64, (hash << 1n) | (hash >> 63n));
}

function compileDestination(
  destination: WeightedDestinationIr,
  { index, route, action }: { readonly index: number; readonly route: RouteConfig; readonly action: ForwardIr },
): CompiledDestination {
  const edits = (direction: 'request' | 'response') =>
    new HeaderEdits([route.headers, destination.headers].map((level): HeaderOperationsIr => level[direction]));
  return {
    index,
    cluster: destination.cluster,
    requestEdits: edits('request'),
    responseEdits: edits('response'),
    hostRewrite: destination.hostRewrite ?? action.hostRewrite,
  };
}

function compileRetries({ action, forward }: RouteConfig): RouteRetries | undefined {
  if (action.kind !== 'forward' || action.retry === undefined) return undefined;
  const { attempts, perTryTimeoutMs, backoffBaseMs, ignorePreviousHosts } = action.retry;
  return {
    attempts,
    perTryTimeoutMs,
    backoffBaseMs,
    backoffMaxMs: forward?.retryBackoffMaxMs ?? backoffBaseMs * 10,
    ignorePreviousHosts,
    hostSelectionAttempts: forward?.hostSelectionRetryMaxAttempts ?? 1,
    rules: new RetryRules(action.retry),
  };
}
