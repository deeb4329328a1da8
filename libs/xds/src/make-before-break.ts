import { typeUrls, type EncodedResource } from '@malla/protos';
import type { ResourcesByName } from './resource-set.ts';
import { clustersOfRoutes, referencesOf } from './references.ts';
import type { SessionState, XdsResponse } from './session.ts';

/** What one push of a type consists of. */
export interface Push {
  readonly responses: readonly XdsResponse[];
  /** Names of resources that the client had in an older version. */
  readonly replaced: readonly string[];
}

/** Nothing was due, or it has to wait. */
export const noPush: Push = { responses: [], replaced: [] };

/** How a push is to be made. */
export interface PushParams {
  /** Sent even though the client has them in this version. */
  readonly force: ReadonlySet<string>;
  /** Also tell what is gone. */
  readonly removals: boolean;
  /** Whether a new version must wait, and the client keep the one that it has. */
  readonly hold: (resource: EncodedResource) => boolean;
}

/** One type of a stream, as the order of delivery sees it. */
export interface OrderedType {
  /** The client has asked for the type. */
  readonly started: boolean;
  /** Its first request told of resources that it has from an earlier stream. */
  readonly returning: boolean;
  /** The client has not yet answered something. */
  readonly outstanding: boolean;
  /** The client keeps an older version of something, because it refused the newer one or must wait for it. */
  readonly behind: boolean;
  /** Names that the client refused and has no older version of. */
  readonly missing: readonly string[];
  /** Answers what the client asks for and does not have, whatever is outstanding. */
  pushDue(): readonly XdsResponse[];
  /** Sends what changed or came, unless something is outstanding. */
  pushChanges(params: PushParams): Push;
  /** Sends what is gone, unless something is outstanding. */
  pushRemovals(): readonly XdsResponse[];
  /** What clients in this scope should have; undefined before it is known. */
  readonly target: ResourcesByName | undefined;
}

/** Types that listeners and routes need in place. */
const supplies = [typeUrls.cluster, typeUrls.endpoint, typeUrls.secret];
/** Types that decide which of them traffic uses. */
const switches = [typeUrls.listener, typeUrls.route];

const plainPush: PushParams = { force: new Set(), removals: false, hold: () => false };

/**
 * The order that loses no request (make before break):
 * 1. new and changed clusters, endpoints and secrets; Envoy acknowledges clusters when they are warm;
 * 2. when all of that is acknowledged, new, changed and removed listeners, new and changed routes;
 * 3. when these are acknowledged and none was refused or held, removals: clusters, then endpoints, routes and secrets.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations
 */
export class MakeBeforeBreak {
  readonly #types: ReadonlyMap<string, OrderedType>;
  /** Endpoints to send again, because their cluster was. */
  readonly #owedEndpoints = new Set<string>();
  #retiring = false;

  constructor(types: ReadonlyMap<string, OrderedType>) {
    this.#types = types;
  }

  get state(): SessionState {
    if (this.#retiring && this.#anyOutstanding([...this.#types.keys()])) return 'retiring';
    if (this.#anyOutstanding(supplies)) return 'supplying';
    if (this.#anyOutstanding(switches)) return 'switching';
    return 'idle';
  }

  /** Everything that may be sent now. */
  advance(): readonly XdsResponse[] {
    const responses = [...this.#supply(), ...this.#pushUnordered()];
    if (this.#anyOutstanding(supplies)) return responses;
    responses.push(...this.#switch());
    if (this.#anyOutstanding(switches) || switches.some((typeUrl) => this.#types.get(typeUrl)?.behind)) {
      return responses;
    }
    if (!this.#knowsWhatIsUsed()) return responses;
    const removals = this.#retire();
    this.#retiring = removals.length > 0;
    responses.push(...removals);
    return responses;
  }

  #supply(): XdsResponse[] {
    const due = supplies.flatMap((typeUrl) => this.#due(typeUrl));
    for (const { typeUrl, sent } of due) {
      if (typeUrl === typeUrls.endpoint) for (const name of sent) this.#owedEndpoints.delete(name);
    }
    const clusters = this.#push(typeUrls.cluster, plainPush);
    this.#oweEndpoints(clusters.replaced);
    const secrets = this.#push(typeUrls.secret, plainPush);
    return [...due, ...clusters.responses, ...this.#pushEndpoints(), ...secrets.responses];
  }

  #pushEndpoints(): readonly XdsResponse[] {
    const endpoints = this.#types.get(typeUrls.endpoint);
    if (!endpoints?.started || endpoints.outstanding) return [];
    const push = endpoints.pushChanges({ ...plainPush, force: this.#owedEndpoints });
    this.#owedEndpoints.clear();
    return push.responses;
  }

  /**
   * Envoy rebuilds a cluster that it gets again, and the new one waits for its endpoints: they are sent again even
   * though they did not change. Source: https://github.com/envoyproxy/envoy/issues/13009
   */
  #oweEndpoints(clusters: readonly string[]): void {
    for (const name of clusters) {
      const cluster = this.#types.get(typeUrls.cluster)?.target?.get(name);
      for (const reference of cluster ? referencesOf(cluster) : []) this.#owedEndpoints.add(reference.name);
    }
  }

  #switch(): XdsResponse[] {
    const due = switches.flatMap((typeUrl) => this.#due(typeUrl));
    // One response both removes and adds listeners: a new one may have the address of an old one.
    const listeners = this.#push(typeUrls.listener, { ...plainPush, removals: true });
    const routes = this.#push(typeUrls.route, { ...plainPush, hold: this.#leadsNowhere() });
    return [...due, ...listeners.responses, ...routes.responses];
  }

  /**
   * A client that comes back asks for one type after the other. Until it has told of its listeners and routes, the clusters that it has may
   * be in use.
   */
  #knowsWhatIsUsed(): boolean {
    if (!this.#types.get(typeUrls.cluster)?.returning) return true;
    const listeners = this.#types.get(typeUrls.listener);
    if (!listeners?.started) return false;
    const needsRoutes = [...(listeners.target?.values() ?? [])].some((listener) => referencesOf(listener).length > 0);
    return !needsRoutes || this.#types.get(typeUrls.route)?.started === true;
  }

  /** Clusters first: with them a client drops its endpoints by itself, and mostly nothing is left to say. */
  #retire(): XdsResponse[] {
    const clusters = this.#types.get(typeUrls.cluster)?.pushRemovals() ?? [];
    if (clusters.length > 0) return [...clusters];
    return [typeUrls.endpoint, typeUrls.route, typeUrls.secret].flatMap((typeUrl) => [
      ...(this.#types.get(typeUrl)?.pushRemovals() ?? []),
    ]);
  }

  /** Types that no order is known of. */
  #pushUnordered(): XdsResponse[] {
    const ordered = new Set<string>([...supplies, ...switches]);
    return [...this.#types.keys()]
      .filter((typeUrl) => !ordered.has(typeUrl))
      .flatMap((typeUrl) => [
        ...this.#due(typeUrl),
        ...this.#push(typeUrl, { ...plainPush, removals: true }).responses,
      ]);
  }

  #due(typeUrl: string): readonly XdsResponse[] {
    return this.#types.get(typeUrl)?.pushDue() ?? [];
  }

  /** Routes to a cluster that the client refused: the old ones, which work, stay until the cluster is mended. */
  #leadsNowhere(): PushParams['hold'] {
    const missing = this.#types.get(typeUrls.cluster)?.missing ?? [];
    if (missing.length === 0) return plainPush.hold;
    return (resource) => missing.some((name) => clustersOfRoutes(resource).has(name));
  }

  #push(typeUrl: string, params: PushParams): Push {
    return this.#types.get(typeUrl)?.pushChanges(params) ?? noPush;
  }

  #anyOutstanding(typeUrlsToCheck: readonly string[]): boolean {
    return typeUrlsToCheck.some((typeUrl) => this.#types.get(typeUrl)?.outstanding);
  }
}
