import { inboundClusterName, type InboundIr, type InboundPortIr, type Protocol, type Proxy } from '@malla/ir';
import type { ApiKeyPolicy, AuthorizationPolicy, PeerAuthentication, RateLimit } from '@malla/model';
import {
  selects,
  servicesOfWorkload,
  type Labels,
  type MeshService,
  type MeshServicePort,
  type MeshSnapshot,
  type PersistentMap,
} from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import type { SliceMemo } from '../memo.ts';
import { effectiveMutualTls, peerPoliciesFor, type PeerPolicies } from '../mutual-tls.ts';
import { isHttp, protocolOf } from '../protocol.ts';
import { trustDomainsOf } from '../trust-domains.ts';
import { resolveAuthorization } from './authorization.ts';
import { knownProviders, resolveAuthorizers, type KnownProvider } from './authorizers.ts';
import { declaredPorts, portLookup } from './named-ports.ts';
import { resolveRateLimits } from './rate-limits.ts';

/** The inbound half with what is wrong about it. */
export interface InboundSlice {
  readonly inbound: InboundIr;
  readonly diagnostics: readonly Diagnostic[];
}

/** A port of the workload and the service port that leads there. */
interface ServedPort {
  readonly targetPort: number;
  readonly protocol: Protocol;
  readonly service: InboundPortIr['service'];
}

interface InboundInputs {
  readonly role: Proxy['role'];
  readonly trustDomains: readonly string[];
  readonly labels: Labels;
  readonly ports: readonly ServedPort[];
  readonly peer: PeerPolicies;
  readonly policies: readonly AuthorizationPolicy[];
  readonly rateLimits: readonly RateLimit[];
  readonly apiKeyPolicies: readonly ApiKeyPolicy[];
  readonly providers: readonly KnownProvider[];
}

/** The inbound half of a proxy; the identical object while nothing that concerns the workload changed. */
export function resolveInbound(memo: SliceMemo, snapshot: MeshSnapshot, proxy: Proxy): InboundSlice {
  const inputs: InboundInputs = {
    role: proxy.role,
    trustDomains: trustDomainsOf(snapshot.mesh),
    labels: proxy.labels,
    ports: servedPorts(snapshot, proxy),
    peer: concerning(peerPoliciesFor(snapshot, proxy.namespace), proxy.labels),
    policies: authorizationPoliciesFor(snapshot, proxy),
    rateLimits: selecting(snapshot.rateLimits, snapshot, proxy),
    apiKeyPolicies: selecting(snapshot.apiKeyPolicies, snapshot, proxy),
    providers: knownProviders(snapshot, proxy.namespace),
  };
  const labels = Object.entries(proxy.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const slot = JSON.stringify([proxy.role, proxy.namespace, labels, inputs.ports, inputs.trustDomains]);
  return memo.take(
    'inbound',
    slot,
    [
      ...[inputs.peer.mesh.length, ...inputs.peer.mesh, ...inputs.peer.namespace, '', ...inputs.policies, ''],
      ...[...inputs.rateLimits, '', ...inputs.apiKeyPolicies, ''],
      ...inputs.providers.flatMap(({ provider, service }) => [provider, service]),
    ],
    () => resolve(inputs),
  );
}

function resolve(inputs: InboundInputs): InboundSlice {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const { peer, labels, trustDomains } = inputs;
  const authorizers = resolveAuthorizers(inputs.providers);
  const limits = resolveRateLimits(inputs.rateLimits);
  const rateLimits = limits.length === 0 ? {} : { rateLimits: limits };
  const apiKeyPolicies = inputs.apiKeyPolicies.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  const policies = { policies: inputs.policies, trustDomains, authorizers, apiKeyPolicies };
  const authorization = {
    http: resolveAuthorization({ ...policies, http: true, report }),
    tcp: resolveAuthorization({ ...policies, http: false, report: () => undefined }),
  };
  const ports = inputs.ports.map(({ targetPort, protocol, service }): InboundPortIr => {
    const { mode, origin } = effectiveMutualTls(peer, labels, targetPort);
    if (!isHttp(protocol)) resolveAuthorization({ ...policies, http: false, report });
    return {
      targetPort,
      cluster: inboundClusterName(targetPort),
      protocol,
      mutualTls: mode,
      ...(origin === undefined ? {} : { mutualTlsOrigin: origin }),
      authorization: isHttp(protocol) ? authorization.http : authorization.tcp,
      ...(isHttp(protocol) && rateLimits),
      service,
    };
  });
  const passthrough = { mutualTls: effectiveMutualTls(peer, labels, undefined).mode, authorization: authorization.tcp };
  const gateway = inputs.role === 'router' ? { gateway: { ...authorization, ...rateLimits } } : {};
  return { inbound: { ports, passthrough, ...gateway, authorizers, trustDomains }, diagnostics };
}

/** Ports that services lead to, then those that the proxy or a policy names and no service does; sorted. */
function servedPorts(snapshot: MeshSnapshot, proxy: Proxy): readonly ServedPort[] {
  const lookup = portLookup(snapshot, proxy);
  const served = new Map<number, ServedPort>();
  for (const service of servicesOfWorkload(snapshot, proxy)) {
    for (const port of service.ports) {
      const targetPort = lookup(port);
      if (targetPort !== undefined && !served.has(targetPort))
        served.set(targetPort, servedPort(service, port, targetPort));
    }
  }
  const others = [
    ...declaredPorts(proxy),
    ...portsOfPolicies(peerPoliciesFor(snapshot, proxy.namespace), proxy.labels),
  ];
  for (const targetPort of others) {
    // Opaque, as nobody says what it speaks; what policies say of connections still holds.
    const service = { host: 'unknown', name: 'unknown', namespace: proxy.namespace };
    if (!served.has(targetPort)) served.set(targetPort, { targetPort, protocol: 'tcp', service });
  }
  return [...served.values()].sort((a, b) => a.targetPort - b.targetPort);
}

function servedPort({ host, name, namespace }: MeshService, port: MeshServicePort, targetPort: number): ServedPort {
  return { targetPort, protocol: protocolOf(port), service: { host, name, namespace } };
}

/** Ports with a mutual TLS mode of their own. */
function portsOfPolicies({ namespace }: PeerPolicies, labels: Labels): readonly number[] {
  const own = namespace.find((policy) => isSelective(policy) && selectsWorkload(policy, labels));
  return Object.keys(own?.spec?.portLevelMtls ?? {}).map(Number);
}

/** Without the policies of other workloads, so that a change of those changes nothing here. */
function concerning(peer: PeerPolicies, labels: Labels): PeerPolicies {
  return {
    mesh: peer.mesh.filter((policy) => !isSelective(policy)),
    namespace: peer.namespace.filter((policy) => selectsWorkload(policy, labels)),
  };
}

/** The AuthorizationPolicies for a workload. */
export function authorizationPoliciesFor(
  snapshot: MeshSnapshot,
  workload: Pick<Proxy, 'namespace' | 'labels'>,
): readonly AuthorizationPolicy[] {
  return selecting(snapshot.authorizationPolicies, snapshot, workload);
}

/** Policies of the root namespace hold for every workload that they select, others for those of their namespace. */
function selecting<P extends SelectingPolicy>(
  policies: PersistentMap<readonly P[]>,
  { mesh }: MeshSnapshot,
  { namespace, labels }: Pick<Proxy, 'namespace' | 'labels'>,
): readonly P[] {
  const namespaces = new Set([mesh.rootNamespace, namespace]);
  return [...namespaces].flatMap((ns) => policies.get(ns) ?? []).filter((policy) => selectsWorkload(policy, labels));
}

type SelectingPolicy = PeerAuthentication | AuthorizationPolicy | RateLimit | ApiKeyPolicy;

function selectsWorkload(policy: SelectingPolicy, labels: Labels): boolean {
  return selects(policy.spec?.selector?.matchLabels ?? {}, labels);
}

function isSelective(policy: PeerAuthentication): boolean {
  return Object.keys(policy.spec?.selector?.matchLabels ?? {}).length > 0;
}
