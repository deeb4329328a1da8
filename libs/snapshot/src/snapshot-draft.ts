import { enforce } from '@malla/enforcement';
import { groupOf } from '@malla/model';
import type {
  ApiKeyPolicy,
  AuthorizationPolicy,
  DestinationRule,
  Gateway,
  KnownResource,
  MeshConfig,
  PeerAuthentication,
  RateLimit,
  Service,
  ServiceEntry,
  Telemetry,
  VirtualService,
  WorkloadEntry,
} from '@malla/model';
import { replaceByAge } from './age.ts';
import { replaceRule } from './destination-rules.ts';
import { gatewaysOf } from './gateways.ts';
import { HostIndexDraft } from './host-index.ts';
import { expandHost } from './hosts.ts';
import { meshOptionsOf } from './mesh-config.ts';
import type { MapDraft } from './persistent-map.ts';
import { keyText, namespacedKey } from './resource-key.ts';
import { servicesOfEntry } from './service-entry.ts';
import { meshServiceOf, type MeshService } from './service.ts';
import type { MeshSnapshot } from './snapshot.ts';
import { mergeSorted } from './sorted-list.ts';
import { meshVirtualService, sourceLabelKeysOf } from './virtual-services.ts';
import { WorkloadIndexDraft } from './workload-index.ts';
import { sameWorkload, workloadOfEntry, type MeshWorkload } from './workload.ts';

/** A snapshot under change: keeps every index in step with the resources. One method for each kind. */
export class SnapshotDraft {
  readonly #base: MeshSnapshot;
  readonly #resources;
  readonly #namespaces;
  readonly #services;
  readonly #serviceChanges = new Map<string, MeshService | undefined>();
  readonly #workloads: WorkloadIndexDraft;
  readonly #live;
  readonly #entries;
  readonly #pods;
  readonly #kubernetesServices;
  readonly #listed;
  readonly #virtualServices;
  #gateways: readonly Gateway[];
  readonly #gatewayVirtualServices;
  readonly #serviceEntries;
  readonly #destinationRules;
  readonly #peerAuthentications;
  readonly #authorizationPolicies;
  readonly #rateLimits;
  readonly #apiKeyPolicies;
  readonly #telemetries;
  readonly #secrets;
  readonly #sourceLabelUses;
  #meshConfigs: readonly MeshConfig[];

  constructor(base: MeshSnapshot) {
    this.#base = base;
    this.#resources = base.resources.edit();
    this.#namespaces = base.namespaces.edit();
    this.#services = base.services.edit();
    this.#listed = base.listedEndpoints.edit();
    this.#workloads = new WorkloadIndexDraft(base, {
      service: (host) => this.#services.get(host),
      listed: (host) => this.#listed.get(host),
    });
    this.#live = base.liveWorkloads.edit();
    this.#entries = base.entryWorkloads.edit();
    this.#pods = base.pods.edit();
    this.#kubernetesServices = base.kubernetesServices.edit();
    this.#virtualServices = new HostIndexDraft(base.virtualServices);
    this.#gateways = base.gateways;
    this.#gatewayVirtualServices = base.gatewayVirtualServices.edit();
    this.#serviceEntries = base.serviceEntries.edit();
    this.#destinationRules = new HostIndexDraft(base.destinationRules);
    this.#peerAuthentications = base.peerAuthentications.edit();
    this.#authorizationPolicies = base.authorizationPolicies.edit();
    this.#rateLimits = base.rateLimits.edit();
    this.#apiKeyPolicies = base.apiKeyPolicies.edit();
    this.#telemetries = base.telemetries.edit();
    this.#secrets = base.secrets.edit();
    this.#sourceLabelUses = base.sourceLabelUses.edit();
    this.#meshConfigs = base.meshConfigs;
  }

  /**
   * Puts a resource, as far as it is enforced, in the place of the one with its key; undefined removes it. The same stored version again
   * changes nothing.
   */
  replaceResource(key: string, stored: KnownResource | undefined): void {
    const before = this.#resources.get(key);
    const after = stored === undefined ? undefined : enforce(stored).view;
    if (before === after || (before !== undefined && after !== undefined && isSameVersion(before, after))) return;
    this.#resources.set(key, after);
    this.#index(before, after);
  }

  /** Puts a live registration in place; undefined removes it. */
  replaceLiveWorkload(key: string, after: MeshWorkload | undefined): void {
    const before = this.#live.get(key);
    if (before === after || (before !== undefined && after !== undefined && sameWorkload(before, after))) return;
    this.#replaceWorkload(key, () => this.#live.set(key, after));
  }

  /** Puts a Service of the Kubernetes cluster in place; undefined removes it. */
  replaceKubernetesService(host: string, after: MeshService | undefined): void {
    if (this.#kubernetesServices.get(host) === after) return;
    const sample = after ?? this.#kubernetesServices.get(host);
    if (sample === undefined) return;
    this.#kubernetesServices.set(host, after);
    this.#renewService(sample);
  }

  /** Puts a Pod in place; undefined removes it. */
  replacePod(key: string, after: MeshWorkload | undefined): void {
    const before = this.#pods.get(key);
    if (before === after || (before !== undefined && after !== undefined && sameWorkload(before, after))) return;
    this.#replaceWorkload(key, () => this.#pods.set(key, after));
  }

  /** Puts the endpoints that EndpointSlices list for a Service in place. */
  replaceListed(host: string, after: readonly MeshWorkload[]): void {
    const before = this.#listed.get(host);
    if (before === after) return;
    this.#listed.set(host, after.length === 0 ? undefined : after);
    this.#workloads.replaceListed(host, before ?? [], after);
  }

  finish(): MeshSnapshot {
    const sourceLabelUses = this.#sourceLabelUses.finish();
    const { mesh, startOptions, meshConfigs } = this.#base;
    const next: MeshSnapshot = {
      mesh: this.#meshConfigs === meshConfigs ? mesh : meshOptionsOf(startOptions, this.#meshConfigs[0], mesh),
      startOptions,
      meshConfigs: this.#meshConfigs,
      resources: this.#resources.finish(),
      namespaces: this.#namespaces.finish(),
      services: this.#services.finish(),
      serviceList: mergeSorted(this.#base.serviceList, this.#serviceChanges, (s) => s.host),
      ...this.#workloads.finish(),
      liveWorkloads: this.#live.finish(),
      entryWorkloads: this.#entries.finish(),
      pods: this.#pods.finish(),
      kubernetesServices: this.#kubernetesServices.finish(),
      listedEndpoints: this.#listed.finish(),
      virtualServices: this.#virtualServices.finish(),
      gateways: this.#gateways,
      gatewayVirtualServices: this.#gatewayVirtualServices.finish(),
      serviceEntries: this.#serviceEntries.finish(),
      destinationRules: this.#destinationRules.finish(),
      peerAuthentications: this.#peerAuthentications.finish(),
      authorizationPolicies: this.#authorizationPolicies.finish(),
      rateLimits: this.#rateLimits.finish(),
      apiKeyPolicies: this.#apiKeyPolicies.finish(),
      telemetries: this.#telemetries.finish(),
      secrets: this.#secrets.finish(),
      sourceLabelUses,
      sourceLabelKeys: keysOf(this.#base, sourceLabelUses),
    };
    const fields = Object.keys(next) as (keyof MeshSnapshot)[];
    return fields.every((field) => next[field] === this.#base[field]) ? this.#base : next;
  }

  #index(before: KnownResource | undefined, after: KnownResource | undefined): void {
    // Both have one key, so they are of one kind.
    const sample = (after ?? before) as KnownResource;
    const { name, namespace = '' } = sample.metadata;
    switch (sample.kind) {
      case 'Namespace':
        return this.#namespaces.set(name, after as typeof sample | undefined);
      case 'Secret':
        return this.#secrets.set(namespacedKey(namespace, name), after as typeof sample | undefined);
      case 'Service':
        return this.#replaceService(before as Service | undefined, after as Service | undefined);
      case 'WorkloadEntry':
        return this.#replaceEntry(namespacedKey(namespace, name), after as WorkloadEntry | undefined);
      case 'ServiceEntry':
        return this.#replaceServiceEntry(before as ServiceEntry | undefined, after as ServiceEntry | undefined);
      case 'VirtualService':
        return this.#replaceVirtualService(before as VirtualService | undefined, after as VirtualService | undefined);
      case 'Gateway':
        return this.#replaceGateway(before as Gateway | undefined, after as Gateway | undefined);
      case 'DestinationRule':
        return this.#replaceDestinationRule(
          before as DestinationRule | undefined,
          after as DestinationRule | undefined,
        );
      case 'MeshConfig':
        this.#meshConfigs = replaceByAge(
          this.#meshConfigs,
          before as MeshConfig | undefined,
          after as MeshConfig | undefined,
        );
        return;
      case 'Telemetry':
        return replaceIn(this.#telemetries, before as Telemetry | undefined, after as Telemetry | undefined);
      case 'PeerAuthentication':
        return replaceIn(
          this.#peerAuthentications,
          before as PeerAuthentication | undefined,
          after as PeerAuthentication | undefined,
        );
      case 'AuthorizationPolicy':
        return replaceIn(
          this.#authorizationPolicies,
          before as AuthorizationPolicy | undefined,
          after as AuthorizationPolicy | undefined,
        );
      case 'RateLimit':
        return replaceIn(this.#rateLimits, before as RateLimit | undefined, after as RateLimit | undefined);
      case 'ApiKeyPolicy':
        return replaceIn(this.#apiKeyPolicies, before as ApiKeyPolicy | undefined, after as ApiKeyPolicy | undefined);
    }
  }

  #replaceService(before: Service | undefined, after: Service | undefined): void {
    this.#renewService(meshServiceOf((after ?? before) as Service, this.#base.mesh.domainSuffix));
  }

  /** Brings the effective service of a host up to date: that of the Kubernetes cluster counts before a resource. */
  #renewService({ host, namespace, name }: MeshService): void {
    const key = keyText({ group: '', kind: 'Service', namespace, name });
    const resource = this.#resources.get(key) as Service | undefined;
    const service =
      this.#kubernetesServices.get(host) ??
      (resource === undefined ? this.#serviceOfEntry(host) : meshServiceOf(resource, this.#base.mesh.domainSuffix));
    this.#setService(host, service);
  }

  /** A Service counts before a ServiceEntry of its host, of several entries the oldest. */
  #replaceServiceEntry(before: ServiceEntry | undefined, after: ServiceEntry | undefined): void {
    const hostsOf = (entry: ServiceEntry | undefined) => (entry?.spec.hosts ?? []).map((host) => host.toLowerCase());
    const stays = new Set(hostsOf(after));
    for (const host of new Set([...hostsOf(before), ...stays])) {
      const list = replaceByAge(this.#serviceEntries.get(host) ?? [], before, stays.has(host) ? after : undefined);
      this.#serviceEntries.set(host, list.length === 0 ? undefined : list);
      const known = this.#services.get(host);
      if (known === undefined || known.entry !== undefined) this.#setService(host, this.#serviceOfEntry(host));
    }
  }

  #serviceOfEntry(host: string): MeshService | undefined {
    const [oldest] = this.#serviceEntries.get(host) ?? [];
    return oldest && servicesOfEntry(oldest).find((service) => service.host === host);
  }

  #setService(host: string, service: MeshService | undefined): void {
    if (service === undefined && this.#services.get(host) === undefined) return;
    this.#workloads.replaceService(this.#services.get(host), service);
    this.#services.set(host, service);
    this.#serviceChanges.set(host, service);
  }

  #replaceEntry(key: string, after: WorkloadEntry | undefined): void {
    const entry = after === undefined ? undefined : workloadOfEntry(after);
    this.#replaceWorkload(key, () => this.#entries.set(key, entry));
  }

  /** Changes a source of workloads and brings the effective workload of that key up to date. */
  #replaceWorkload(key: string, change: () => void): void {
    const before = this.#effective(key);
    change();
    const after = this.#effective(key);
    if (before !== after) this.#workloads.replaceWorkload(before, after);
  }

  /** A Pod counts before a registration, and that before a WorkloadEntry. */
  #effective(key: string): MeshWorkload | undefined {
    return this.#pods.get(key) ?? this.#live.get(key) ?? this.#entries.get(key);
  }

  #replaceVirtualService(before: VirtualService | undefined, after: VirtualService | undefined): void {
    const [was, is] = [meshVirtualService(before), meshVirtualService(after)];
    const hosts = new Set([...this.#hostsOf(was), ...this.#hostsOf(is)]);
    const stays = new Set(this.#hostsOf(is));
    for (const host of hosts) {
      this.#virtualServices.update('', host, (bucket = []) => {
        const list = replaceByAge(bucket, was, stays.has(host) ? is : undefined);
        return list.length === 0 ? undefined : list;
      });
    }
    this.#indexByGateway(before, after);
    for (const key of sourceLabelKeysOf(was))
      this.#sourceLabelUses.set(key, (this.#sourceLabelUses.get(key) ?? 0) - 1 || undefined);
    for (const key of sourceLabelKeysOf(is)) this.#sourceLabelUses.set(key, (this.#sourceLabelUses.get(key) ?? 0) + 1);
  }

  #indexByGateway(before: VirtualService | undefined, after: VirtualService | undefined): void {
    const stays = gatewaysOf(after);
    for (const name of new Set([...gatewaysOf(before), ...stays])) {
      const list = replaceByAge(
        this.#gatewayVirtualServices.get(name) ?? [],
        before,
        stays.has(name) ? after : undefined,
      );
      this.#gatewayVirtualServices.set(name, list.length === 0 ? undefined : list);
    }
  }

  /** Those of the Kubernetes Gateway API have the same kind and are not for us. */
  #replaceGateway(before: Gateway | undefined, after: Gateway | undefined): void {
    if (groupOf((after ?? before)!.apiVersion) !== 'networking.istio.io') return;
    this.#gateways = replaceByAge(this.#gateways, before, after);
  }

  #hostsOf(resource: VirtualService | undefined): string[] {
    const hosts = resource?.spec?.hosts ?? [];
    return hosts.map((host) => expandHost(host, resource?.metadata.namespace ?? '', this.#base.mesh.domainSuffix));
  }

  #replaceDestinationRule(before: DestinationRule | undefined, after: DestinationRule | undefined): void {
    const namespace = (after ?? before)?.metadata.namespace ?? '';
    const hostOf = (rule: DestinationRule | undefined) =>
      rule?.spec === undefined ? undefined : expandHost(rule.spec.host, namespace, this.#base.mesh.domainSuffix);
    const hosts = new Set([before, after].flatMap((rule) => hostOf(rule) ?? []));
    for (const host of hosts) {
      const stays = after !== undefined && hostOf(after) === host;
      this.#destinationRules.update(namespace, host, (bucket) =>
        replaceRule(bucket, before, stays ? after : undefined),
      );
    }
  }
}

function isSameVersion(a: KnownResource, b: KnownResource): boolean {
  const { uid, resourceVersion } = a.metadata;
  return resourceVersion !== undefined && resourceVersion === b.metadata.resourceVersion && uid === b.metadata.uid;
}

function replaceIn<T extends PeerAuthentication | AuthorizationPolicy | RateLimit | ApiKeyPolicy | Telemetry>(
  index: MapDraft<readonly T[]>,
  before: T | undefined,
  after: T | undefined,
): void {
  const namespace = (after ?? before)?.metadata.namespace ?? '';
  const list = replaceByAge(index.get(namespace) ?? [], before, after);
  index.set(namespace, list.length === 0 ? undefined : list);
}

/** The sorted keys, as the identical list while no key came or went. */
function keysOf(base: MeshSnapshot, uses: MeshSnapshot['sourceLabelUses']): readonly string[] {
  if (uses === base.sourceLabelUses) return base.sourceLabelKeys;
  const keys = [...uses].map(([key]) => key).sort();
  const same = keys.length === base.sourceLabelKeys.length && keys.every((key, i) => key === base.sourceLabelKeys[i]);
  return same ? base.sourceLabelKeys : keys;
}
