import type {
  Destination,
  DestinationRule,
  FieldPath,
  KnownResource,
  Problem,
  Service,
  VirtualService,
} from '@malla/model';
import { analysisCodes, Findings } from '../findings.ts';
import { fullHost, hostsOverlap } from '../values/hosts.ts';
import { hostsOf, type HostKind } from './host-index.ts';

/** Other resources of the mesh, as a reader of this moment's state. */
export interface ResourceReader {
  /** Every resource of a kind in all namespaces. */
  list<K extends KnownResource['kind']>(kind: K): Iterable<Extract<KnownResource, { readonly kind: K }>>;
  /**
   * Those that may concern a full host, by an index: all that name it, and all that name a wildcard. Without it every resource of the
   * kind is looked at.
   */
  naming?<K extends HostKind>(kind: K, host: string): Iterable<Extract<KnownResource, { readonly kind: K }>>;
}

export interface ReferenceOptions {
  /** DNS suffix of the mesh; default `cluster.local`. */
  readonly domainSuffix?: string;
}

const namespaceOf = (resource: KnownResource) => resource.metadata.namespace ?? 'default';

/**
 * Checks what a resource names against what is there: destinations, subsets, ports, credentials. Warnings only, since resources may
 * arrive in any order; Istio reports most of them as errors of its analyzer, with the same codes.
 */
export function validateReferences(
  resource: KnownResource,
  reader: ResourceReader,
  options: ReferenceOptions = {},
): Problem[] {
  const { domainSuffix = 'cluster.local' } = options;
  const findings = new Findings();
  const context = { findings, reader, domainSuffix, namespace: namespaceOf(resource) };
  if (resource.kind === 'VirtualService') checkVirtualService(context, resource);
  if (resource.kind === 'DestinationRule') checkDestinationRule(context, resource);
  return findings.problems;
}

interface Context {
  readonly findings: Findings;
  readonly reader: ResourceReader;
  readonly domainSuffix: string;
  readonly namespace: string;
}

function serviceOf({ reader, namespace, domainSuffix }: Context, host: string): Service | undefined {
  const wanted = fullHost(host, namespace, domainSuffix);
  for (const service of reader.naming?.('Service', wanted) ?? reader.list('Service')) {
    if (hostsOf(service, domainSuffix)[0] === wanted) return service;
  }
  return undefined;
}

function checkVirtualService(context: Context, resource: VirtualService): void {
  for (const [i, rule] of (resource.spec?.http ?? []).entries()) {
    const path = ['spec', 'http', i];
    for (const [j, { destination }] of (rule.route ?? []).entries())
      checkDestination(context, [...path, 'route', j, 'destination'], destination);
    if (rule.mirror !== undefined) checkDestination(context, [...path, 'mirror'], rule.mirror);
  }
  checkConflicts(context, resource);
}

function checkDestination(context: Context, path: FieldPath, destination: Destination): void {
  const { findings, namespace, domainSuffix } = context;
  const { host, port, subset } = destination;
  const service = serviceOf(context, host);
  const missing = analysisCodes.referencedResourceNotFound;
  if (service === undefined) {
    const message = `no Service has the host ${fullHost(host, namespace, domainSuffix)}`;
    findings.warning([...path, 'host'], message, 'create it, or mend the name', missing);
  } else {
    const ports = (service.spec.ports ?? []).map((p) => p.port);
    const number = port?.number;
    if (number === undefined && ports.length > 1) {
      const message = `${host} has several ports (${ports.join(', ')})`;
      findings.warning(path, message, 'say which one with port.number', analysisCodes.destinationPortRequired);
    } else if (number !== undefined && !ports.includes(number)) {
      const message = `${host} has no port ${number}`;
      findings.warning([...path, 'port', 'number'], message, `it has ${ports.join(', ')}`, missing);
    }
  }
  if (subset !== undefined && !subsetsOf(context, host).has(subset)) {
    const message = `no DestinationRule of ${host} has the subset "${subset}"`;
    findings.warning([...path, 'subset'], message, 'create it, or mend the name', missing);
  }
}

function subsetsOf(context: Context, host: string): Set<string> {
  const wanted = fullHost(host, context.namespace, context.domainSuffix);
  const names = new Set<string>();
  const { reader } = context;
  for (const rule of reader.naming?.('DestinationRule', wanted) ?? reader.list('DestinationRule')) {
    const [ruleHost = ''] = hostsOf(rule, context.domainSuffix);
    if (hostsOverlap(ruleHost, wanted)) for (const { name } of rule.spec?.subsets ?? []) names.add(name);
  }
  return names;
}

/** Two VirtualServices of one host on the mesh: the older wins, the other does nothing. */
function checkConflicts({ findings, reader, namespace, domainSuffix }: Context, resource: VirtualService): void {
  for (const [i, host] of hostsOf(resource, domainSuffix).entries()) {
    for (const other of reader.naming?.('VirtualService', host) ?? reader.list('VirtualService')) {
      const otherNamespace = namespaceOf(other);
      if (other.metadata.name === resource.metadata.name && otherNamespace === namespace) continue;
      if (!hostsOf(other, domainSuffix).includes(host)) continue;
      const apart = !isVisible(other, namespace) && !isVisible(resource, otherNamespace);
      if (otherNamespace !== namespace && apart) continue;
      const message = `VirtualService ${otherNamespace}/${other.metadata.name} has the same host: only the older of the two is used`;
      findings.warning(['spec', 'hosts', i], message, 'put the rules together', analysisCodes.conflictingMeshHosts);
    }
  }
}

function isVisible({ spec }: VirtualService, namespace: string): boolean {
  const exportTo = spec?.exportTo;
  return exportTo === undefined || exportTo.includes('*') || exportTo.includes(namespace);
}

function checkDestinationRule(context: Context, resource: DestinationRule): void {
  const { findings, reader, namespace, domainSuffix } = context;
  if (resource.spec === undefined) return;
  const { host, trafficPolicy, subsets = [] } = resource.spec;
  if (!host.startsWith('*') && serviceOf(context, host) === undefined) {
    const message = `no Service has the host ${fullHost(host, namespace, domainSuffix)}`;
    findings.warning(
      ['spec', 'host'],
      message,
      'create it, or mend the name',
      analysisCodes.unknownDestinationRuleHost,
    );
  }
  const secrets = new Set(
    [...reader.list('Secret')].filter((s) => namespaceOf(s) === namespace).map((s) => s.metadata.name),
  );
  const policies: { path: FieldPath; policy: typeof trafficPolicy }[] = [
    { path: ['spec', 'trafficPolicy'], policy: trafficPolicy },
    ...subsets.map((s, i) => ({ path: ['spec', 'subsets', i, 'trafficPolicy'], policy: s.trafficPolicy })),
  ];
  for (const { path, policy } of policies) {
    const blocks = [
      { path, tls: policy?.tls },
      ...(policy?.portLevelSettings ?? []).map((p, i) => ({ path: [...path, 'portLevelSettings', i], tls: p.tls })),
    ];
    for (const { path: at, tls } of blocks) {
      if (tls?.credentialName !== undefined && !secrets.has(tls.credentialName)) {
        findings.warning(
          [...at, 'tls', 'credentialName'],
          `no Secret ${namespace}/${tls.credentialName}`,
          'create it, or mend the name',
          analysisCodes.referencedResourceNotFound,
        );
      }
    }
  }
}
