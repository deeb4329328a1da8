import type { ProxyScope } from '@malla/ir';
import type { Gateway, Secret, VirtualService } from '@malla/model';
import type { MergedDestinationRule } from './destination-rules.ts';
import { bucketsFor, hostKey, hostOfKey } from './host-index.ts';
import { hostMatches, isVisible, isWildcard } from './hosts.ts';
import { namespacedKey } from './resource-key.ts';
import { selects } from './selector.ts';
import type { MeshService } from './service.ts';
import type { MeshSnapshot } from './snapshot.ts';

/** What proxies in one scope may see of a snapshot. Makes nothing of its own: every object is the snapshot's. */
export interface ProxyView {
  readonly snapshot: MeshSnapshot;
  readonly scope: ProxyScope;
  /** Services visible to the scope's namespace, sorted by host. */
  readonly services: readonly MeshService[];
  /** A visible service by host. */
  service(host: string): MeshService | undefined;
  /** The visible VirtualServices of the most specific host that covers this one, oldest first: the first that has routes counts. */
  virtualServices(host: string): readonly VirtualService[];
  /** The Gateways whose selector is for proxies of the scope, oldest first, from every namespace. */
  gateways(): readonly Gateway[];
  /** The visible VirtualServices for a Gateway (`namespace/name`), oldest first. */
  gatewayVirtualServices(gateway: string): readonly VirtualService[];
  /** Hosts and patterns that VirtualServices name; ask {@link isForeign} which of them are no services to this scope. */
  namedHosts(): readonly string[];
  /** Whether visible VirtualServices name the host or pattern, and no visible service has it. */
  isForeign(host: string): boolean;
  /** The DestinationRule of a service: from the client's namespace, else the service's, else the root namespace. */
  destinationRule(service: MeshService): MergedDestinationRule | undefined;
  /** A Secret of the scope's own namespace. */
  secret(name: string): Secret | undefined;
}

const visibleServices = new WeakMap<readonly MeshService[], Map<string, readonly MeshService[]>>();

/** The view of a scope. Cheap: indexes belong to the snapshot. */
export function viewOf(snapshot: MeshSnapshot, scope: ProxyScope): ProxyView {
  const { namespace } = scope;
  return {
    snapshot,
    scope,
    get services() {
      return servicesVisibleTo(snapshot.serviceList, namespace);
    },
    service(host) {
      const service = snapshot.services.get(host);
      return service !== undefined && isVisible(service.exportTo, service.namespace, namespace) ? service : undefined;
    },
    virtualServices: (host) => virtualServicesFor(snapshot, namespace, host),
    gateways: () => snapshot.gateways.filter(({ spec }) => selects(spec?.selector ?? {}, scope.labels)),
    gatewayVirtualServices: (gateway) =>
      (snapshot.gatewayVirtualServices.get(gateway) ?? none).filter((resource) => isVisibleTo(namespace, resource)),
    namedHosts: () => [...[...snapshot.virtualServices.exact].map(([key]) => hostOfKey(key)), ...patternsOf(snapshot)],
    isForeign(host) {
      const named = isWildcard(host)
        ? snapshot.virtualServices.wildcards.get('')?.find(({ pattern }) => pattern === host)?.bucket
        : snapshot.virtualServices.exact.get(hostKey('', host));
      if (named?.some((resource) => isVisibleTo(namespace, resource)) !== true) return false;
      return isWildcard(host)
        ? !this.services.some((service) => hostMatches(host, service.host))
        : this.service(host) === undefined;
    },
    destinationRule: (service) => destinationRuleFor(snapshot, namespace, service),
    secret: (name) => snapshot.secrets.get(namespacedKey(namespace, name)),
  };
}

/** The visible part of a list; the list itself when all of it is visible. Kept as long as the list lives. */
function servicesVisibleTo(list: readonly MeshService[], namespace: string): readonly MeshService[] {
  const known = visibleServices.get(list) ?? new Map<string, readonly MeshService[]>();
  visibleServices.set(list, known);
  const before = known.get(namespace);
  if (before !== undefined) return before;
  const all = list.every((service) => isVisible(service.exportTo, service.namespace, namespace));
  const visible = all ? list : list.filter((service) => isVisible(service.exportTo, service.namespace, namespace));
  known.set(namespace, visible);
  return visible;
}

/** Patterns that VirtualServices name. */
export function patternsOf(snapshot: MeshSnapshot): readonly string[] {
  return (snapshot.virtualServices.wildcards.get('') ?? []).map(({ pattern }) => pattern);
}

function isVisibleTo(namespace: string, { spec, metadata }: VirtualService): boolean {
  return isVisible(spec?.exportTo, metadata.namespace ?? '', namespace);
}

const none: readonly VirtualService[] = [];

function virtualServicesFor(snapshot: MeshSnapshot, namespace: string, host: string): readonly VirtualService[] {
  for (const bucket of bucketsFor(snapshot.virtualServices, '', host)) {
    const visible = bucket.filter((resource) => isVisibleTo(namespace, resource));
    if (visible.length > 0) return visible;
  }
  return none;
}

/**
 * Source: Istio pilot/pkg/model, PushContext.destinationRule. A client in the root namespace reads its own namespace first only for rules that
 * are exported to nobody else, as all others of the root namespace are the mesh's defaults.
 */
function destinationRuleFor(
  snapshot: MeshSnapshot,
  client: string,
  service: MeshService,
): MergedDestinationRule | undefined {
  const { rootNamespace } = snapshot.mesh;
  const isPrivate = (rule: MergedDestinationRule) => rule.exportTo?.length === 1 && rule.exportTo[0] === '.';
  const isExported = (rule: MergedDestinationRule) => isVisible(rule.exportTo, rule.namespace, client);
  return (
    ruleIn(snapshot, client, service.host, client === rootNamespace ? isPrivate : () => true) ??
    ruleIn(snapshot, service.namespace, service.host, isExported) ??
    ruleIn(snapshot, rootNamespace, service.host, isExported)
  );
}

function ruleIn(
  snapshot: MeshSnapshot,
  namespace: string,
  host: string,
  accept: (rule: MergedDestinationRule) => boolean,
): MergedDestinationRule | undefined {
  for (const { merged } of bucketsFor(snapshot.destinationRules, namespace, host)) {
    const accepted = merged.find(accept);
    if (accepted !== undefined) return accepted;
  }
  return undefined;
}
