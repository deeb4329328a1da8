import { describeCut, enforce } from '@malla/enforcement';
import type { AuthorizationPolicyIr, Origin, Proxy } from '@malla/ir';
import type { AuthorizationPolicy, KnownResource, Resource } from '@malla/model';
import { scopeOf, servicesOfWorkload, viewOf, type MeshSnapshot, type ProxyView } from '@malla/snapshot';
import { originOf } from '../diagnostics.ts';
import { resolveAuthorization } from '../inbound/authorization.ts';
import { knownProviders, resolveAuthorizers } from '../inbound/authorizers.ts';
import { authorizationPoliciesFor } from '../inbound/inbound.ts';
import { layoutOf } from '../layout.ts';
import { decidingPolicies, effectiveMutualTls, peerPoliciesFor } from '../mutual-tls.ts';
import { Resolver } from '../resolver.ts';
import { trustDomainsOf } from '../trust-domains.ts';
import type {
  AppliedObject,
  DescribedAuthorization,
  DescribedCut,
  DescribedDestination,
  DescribedPolicy,
  DescribedPort,
  DescribedRoutes,
  Level,
  WorkloadDescription,
} from './description.ts';
import { appliesAt, selectingKinds, selectingObjects, type Selected } from './selecting-objects.ts';

/** Group and kind of the objects that a description needs as they were written. */
export const describedKinds: readonly string[] = [
  'security.istio.io/PeerAuthentication',
  'networking.istio.io/DestinationRule',
  'networking.istio.io/VirtualService',
  ...selectingKinds,
];

/** What is asked. */
export interface DescribeWorkloadParams {
  readonly snapshot: MeshSnapshot;
  readonly proxy: Proxy;
  /** The stored objects of {@link describedKinds}, as they were written; those of one kind oldest first. */
  readonly objects: readonly (Resource | KnownResource)[];
}

/** All configuration that applies to a workload. What the IR is made from decides, so that the answer is what the proxy gets. */
export function describeWorkload({ snapshot, proxy, objects }: DescribeWorkloadParams): WorkloadDescription {
  const resolver = new Resolver();
  const view = viewOf(snapshot, scopeOf(snapshot, proxy));
  const workload: Selected = {
    namespace: proxy.namespace,
    labels: proxy.labels,
    rootNamespace: snapshot.mesh.rootNamespace,
  };
  const peers = peerPoliciesFor(snapshot, proxy.namespace);
  const parts = {
    peerAuthentications: peerAuthenticationsOf(decidingPolicies(peers, proxy.labels)),
    authorization: authorizationOf(snapshot, workload),
    destinations: destinationsOf(view),
    routes: routesOf(view),
  };
  return {
    services: servicesOfWorkload(snapshot, proxy).map(({ host }) => host),
    ports: portsOf(resolver, snapshot, proxy),
    otherPorts: effectiveMutualTls(peers, proxy.labels, undefined),
    ...parts,
    selecting: selectingObjects(objects, workload),
    cuts: cutsOf(objects, originsOf(parts)),
    diagnostics: [
      ...resolver.inboundDiagnostics(snapshot, proxy),
      ...resolver.telemetry(snapshot, proxy).diagnostics,
      ...resolver.outboundDiagnostics(view, layoutOf(proxy)),
    ],
  };
}

function portsOf(resolver: Resolver, snapshot: MeshSnapshot, proxy: Proxy): readonly DescribedPort[] {
  return resolver
    .inbound(snapshot, proxy)
    .ports.map(({ targetPort, protocol, service, mutualTls, mutualTlsOrigin }) => ({
      port: targetPort,
      protocol,
      service: service.host,
      mutualTls: { mode: mutualTls, ...(mutualTlsOrigin === undefined ? {} : { origin: mutualTlsOrigin }) },
    }));
}

/** A policy of the root namespace is of both levels for workloads there: it is named once. */
function peerAuthenticationsOf(deciding: ReturnType<typeof decidingPolicies>): readonly AppliedObject[] {
  const levels: readonly Level[] = ['workload', 'namespace', 'mesh'];
  const found = levels.flatMap((level) => {
    const policy = deciding[level];
    return policy === undefined ? [] : [{ policy, applied: { origin: originOf(policy), level } }];
  });
  return found
    .filter(({ policy }, i) => found.findIndex((other) => other.policy === policy) === i)
    .map(({ applied }) => applied);
}

function authorizationOf(snapshot: MeshSnapshot, workload: Selected): DescribedAuthorization {
  const policies = authorizationPoliciesFor(snapshot, workload);
  const report = (): void => undefined;
  const { custom, deny, allow } = resolveAuthorization({
    policies,
    http: true,
    trustDomains: trustDomainsOf(snapshot.mesh),
    authorizers: resolveAuthorizers(knownProviders(snapshot, workload.namespace)),
    apiKeyPolicies: [],
    report,
  });
  const byOrigin = new Map(policies.map((policy) => [keyOf(originOf(policy)), policy]));
  const described = ({ origin, rules }: AuthorizationPolicyIr): DescribedPolicy => ({
    origin,
    level: levelOf(byOrigin.get(keyOf(origin)), workload),
    rules: rules.length,
  });
  return {
    ...(custom && { custom: { authorizer: custom.authorizer, policies: custom.policies.map(described) } }),
    deny: deny.map(described),
    allow: (allow ?? []).map(described),
    otherwise: allow === undefined ? 'allow' : 'deny',
  };
}

function levelOf(policy: AuthorizationPolicy | undefined, workload: Selected): Level {
  const asked = policy?.spec?.selector?.matchLabels ?? {};
  return appliesAt(policy?.metadata.namespace ?? '', asked, workload) ?? 'workload';
}

function destinationsOf(view: ProxyView): readonly DescribedDestination[] {
  return view.services.flatMap((service) => {
    const rule = view.destinationRule(service);
    if (rule === undefined) return [];
    return {
      host: service.host,
      origins: rule.rules.map(originOf),
      subsets: rule.subsets.map(({ name }) => name),
      ...(rule.trafficPolicy === undefined ? {} : { trafficPolicy: rule.trafficPolicy }),
    };
  });
}

/** Of services, and of hosts that only VirtualServices name. */
function routesOf(view: ProxyView): readonly DescribedRoutes[] {
  const hosts = [
    ...view.services.map(({ host }) => host),
    ...view
      .namedHosts()
      .filter((host) => view.isForeign(host))
      .sort(),
  ];
  return hosts.flatMap((host) => {
    const origins = view.virtualServices(host).map(originOf);
    return origins.length === 0 ? [] : { host, origins };
  });
}

function originsOf(
  parts: Pick<WorkloadDescription, 'peerAuthentications' | 'authorization' | 'destinations' | 'routes'>,
): ReadonlySet<string> {
  const { peerAuthentications, authorization, destinations, routes } = parts;
  const single = [...peerAuthentications, ...authorization.deny, ...authorization.allow].map(({ origin }) => origin);
  const several = [...destinations, ...routes].flatMap(({ origins }) => origins);
  return new Set([...single, ...several].map(keyOf));
}

function cutsOf(objects: readonly (Resource | KnownResource)[], applied: ReadonlySet<string>): readonly DescribedCut[] {
  return objects.flatMap((object) => {
    const origin = originOf(object);
    if (!applied.has(keyOf(origin))) return [];
    return enforce(object)
      .cuts.map(describeCut)
      .map(({ path, message }) => ({ origin, path, message }));
  });
}

function keyOf({ kind, namespace, name }: Origin): string {
  return `${kind}/${namespace}/${name}`;
}
