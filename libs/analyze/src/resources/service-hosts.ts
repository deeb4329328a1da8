import { HostTable } from './host-table.ts';
import { kindRefs } from './kind-refs.ts';
import { items, number, text, textMap, texts } from './read.ts';
import type { Derivation, ResourceSet } from './resource-set.ts';
import type { Subject } from './subject.ts';
import { portsOf } from './services.ts';

/** A host that requests can go to, by a Service or a ServiceEntry. */
export interface ServiceHost {
  readonly subject: Subject;
  readonly ports: readonly { readonly number: number; readonly protocol: string }[];
  /** Labels that a ServiceEntry selects its workloads by; empty for a Service. */
  readonly workloadSelector: Readonly<Record<string, string>>;
}

interface Scoped {
  /** Namespace that sees the host, or `*`. */
  readonly scope: string;
  readonly host: ServiceHost;
}

/** The full name of a host as written in a namespace: names without a dot are Services of it. Source: Istio, ConvertHostToFQDN */
export function fullHost(namespace: string, host: string, domainSuffix: string): string {
  return host.startsWith('*') || host.includes('.') ? host : `${host}.${namespace}.svc.${domainSuffix}`;
}

/** Namespaces that an exportTo names; `*` alone for all. */
export function exportScopes(exportTo: readonly string[], namespace: string): readonly string[] {
  if (exportTo.length === 0 || exportTo.includes('*')) return ['*'];
  return [...new Set(exportTo.map((each) => (each === '.' ? namespace : each)))];
}

/** The hosts of a mesh. */
export class ServiceHosts {
  readonly #table = new HostTable<Scoped>();
  readonly #domainSuffix: string;

  constructor(set: ResourceSet) {
    this.#domainSuffix = set.domainSuffix;
    for (const entry of set.list(kindRefs.serviceEntry)) this.#addEntry(entry);
    for (const service of set.list(kindRefs.service)) this.#addService(service);
  }

  /**
   * The host that a resource of a namespace means, or undefined. What is exported to all is found first, then what the namespaces of
   * `exportTo` see (without them: the own one), then wildcards. Source: Istio pkg/config/analysis/analyzers/util, GetDestinationHost
   */
  find(namespace: string, exportTo: readonly string[], host: string): ServiceHost | undefined {
    const exact = this.#table.exact(fullHost(namespace, host, this.#domainSuffix));
    const scopes = exportTo.length === 0 ? [namespace] : exportTo.map((each) => (each === '.' ? namespace : each));
    for (const scope of ['*', ...scopes]) {
      const found = exact.findLast((each) => each.scope === scope);
      if (found !== undefined) return found.host;
    }
    for (const { scope, host: found } of this.#table.covering(host.replace(/^\*/, '')))
      if (scope === '*' || scope === namespace) return found;
    return undefined;
  }

  #addEntry(entry: Subject): void {
    const host = {
      subject: entry,
      ports: items(entry.spec, 'ports').map((port) => ({
        number: number(port, 'number') ?? 0,
        protocol: text(port, 'protocol'),
      })),
      workloadSelector: textMap(entry.spec['workloadSelector'], 'labels'),
    };
    for (const name of texts(entry.spec, 'hosts'))
      for (const scope of exportScopes(texts(entry.spec, 'exportTo'), entry.namespace))
        this.#table.add(fullHost(entry.namespace, name, this.#domainSuffix), { scope, host });
  }

  #addService(service: Subject): void {
    const ports = portsOf(service).map((port) => ({ number: port.port, protocol: port.protocol }));
    const host = { subject: service, ports, workloadSelector: {} };
    const exportTo = service.annotations['networking.istio.io/exportTo'] ?? '';
    const scopes =
      exportTo === ''
        ? ['*']
        : exportTo.split(',').map((each) => (each.trim() === '.' ? service.namespace : each.trim()));
    for (const scope of scopes)
      this.#table.add(fullHost(service.namespace, service.name, this.#domainSuffix), { scope, host });
  }
}

const derivation: Derivation<ServiceHosts> = {
  inputs: [kindRefs.service, kindRefs.serviceEntry],
  build: (set) => new ServiceHosts(set),
};

/** The hosts of a set. */
export function serviceHostsOf(set: ResourceSet): ServiceHosts {
  return set.derive(derivation);
}
