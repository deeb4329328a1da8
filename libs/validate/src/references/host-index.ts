import type { DestinationRule, KnownResource, Service, VirtualService } from '@malla/model';
import { fullHost } from '../values/hosts.ts';

/** The kinds that name hosts of the mesh. */
export type HostKind = 'Service' | 'VirtualService' | 'DestinationRule';

type HostResource = Service | VirtualService | DestinationRule;

const wildcards = '*';

/** The full hosts that a resource is about: of a Service its own name, of the others those they name. */
export function hostsOf(resource: HostResource, domainSuffix: string): readonly string[] {
  const { name, namespace = 'default' } = resource.metadata;
  if (isService(resource)) return [fullHost(name, namespace, domainSuffix)];
  const { spec } = resource;
  const hosts = spec === undefined ? [] : 'host' in spec ? [spec.host] : (spec.hosts ?? []);
  return hosts.map((host) => fullHost(host, namespace, domainSuffix));
}

const isService = (resource: HostResource): resource is Service => resource.kind === 'Service';

/** Finds resources by the hosts they name, so that a check among thousands of resources looks at few. */
export class HostIndex {
  readonly #domainSuffix: string;
  readonly #byHost = new Map<string, Set<HostResource>>();
  readonly #byName = new Map<string, HostResource>();

  /** @param domainSuffix DNS suffix of the mesh */
  constructor(domainSuffix: string) {
    this.#domainSuffix = domainSuffix;
  }

  /** Takes the newest state of a resource; other kinds are passed over. */
  set(resource: KnownResource): void {
    if (resource.kind !== 'Service' && resource.kind !== 'VirtualService' && resource.kind !== 'DestinationRule')
      return;
    this.delete(resource);
    this.#byName.set(nameOf(resource), resource);
    for (const bucket of this.#bucketsOf(resource)) {
      const found = this.#byHost.get(bucket) ?? new Set();
      found.add(resource);
      this.#byHost.set(bucket, found);
    }
  }

  delete(resource: Pick<KnownResource, 'kind' | 'metadata'>): void {
    const known = this.#byName.get(nameOf(resource));
    if (known === undefined) return;
    this.#byName.delete(nameOf(resource));
    for (const bucket of this.#bucketsOf(known)) {
      const found = this.#byHost.get(bucket);
      found?.delete(known);
      if (found?.size === 0) this.#byHost.delete(bucket);
    }
  }

  clear(): void {
    this.#byHost.clear();
    this.#byName.clear();
  }

  /** See `ResourceReader.naming`. */
  *naming<K extends HostKind>(kind: K, host: string): Iterable<Extract<KnownResource, { readonly kind: K }>> {
    const seen = new Set<HostResource>();
    for (const bucket of [host, wildcards]) {
      for (const resource of this.#byHost.get(`${kind} ${bucket}`) ?? []) {
        if (seen.has(resource)) continue;
        seen.add(resource);
        yield resource as Extract<KnownResource, { readonly kind: K }>;
      }
    }
  }

  #bucketsOf(resource: HostResource): Set<string> {
    const hosts = hostsOf(resource, this.#domainSuffix);
    return new Set(
      hosts
        .flatMap((host) => (host.startsWith('*') ? [host, wildcards] : [host]))
        .map((host) => `${resource.kind} ${host}`),
    );
  }
}

function nameOf({ kind, metadata }: Pick<KnownResource, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.namespace ?? 'default'}/${metadata.name}`;
}
