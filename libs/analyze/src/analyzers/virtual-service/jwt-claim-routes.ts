import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selects } from '../../resources/labels.ts';
import { podsOf } from '../../resources/pods.ts';
import { dataAt, items, textMap, texts } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';
import { gatewayName, meshGateway } from './gateways.ts';

/** Header names that stand for a claim: `@request.auth.claims.sub`, `@request.auth.claims[sub]`. Source: Istio pkg/jwt, ToRoutingClaim */
const claim = /^@request\.auth\.claims(\..+|\[.+\])$/i;

const selectorsByNamespace: Derivation<ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>> = {
  inputs: [kindRefs.requestAuthentication],
  build(set) {
    const found = new Map<string, Readonly<Record<string, string>>[]>();
    for (const { namespace, spec } of set.list(kindRefs.requestAuthentication)) {
      const selector = textMap(spec['selector'], 'matchLabels');
      found.set(namespace, [...(found.get(namespace) ?? []), selector]);
    }
    return found;
  },
};

/** Whether tokens are checked at the gateways of VirtualServices that route by claims. */
export const jwtClaimRoutes: Analyzer = {
  name: 'virtualservice.JWTClaimRouteAnalyzer',
  description:
    'Checks that VirtualServices that route by claims of a token have a RequestAuthentication at their gateways',
  inputs: [kindRefs.virtualService, kindRefs.requestAuthentication, kindRefs.gateway, kindRefs.pod],
  origins: [kindRefs.virtualService],
  codes: ['IST0149'],
  *analyze(view) {
    for (const subject of view.subjects(kindRefs.virtualService)) {
      const key = claimOf(subject);
      if (key === undefined) continue;
      for (const written of texts(subject.spec, 'gateways'))
        if (written !== meshGateway) yield* checkGateway(view, subject, key, written);
    }
  },
};

function claimOf({ spec }: Subject): string | undefined {
  for (const rule of items(spec, 'http'))
    for (const match of items(rule, 'match'))
      for (const field of ['headers', 'withoutHeaders'])
        for (const name of Object.keys(dataAt(match, field))) if (claim.test(name)) return name;
  return undefined;
}

function* checkGateway({ set, mesh }: AnalysisView, subject: Subject, key: string, written: string): Iterable<Finding> {
  const { namespace, name } = gatewayName(subject.namespace, written);
  const gateway = set.find(kindRefs.gateway, namespace, name);
  // A gateway that is not there has its own finding.
  if (gateway === undefined) return;
  const selectors = set.derive(selectorsByNamespace);
  for (const pod of podsOf(set).all.matching(textMap(gateway.spec, 'selector'))) {
    const policies = [...(selectors.get(mesh.rootNamespace) ?? []), ...(selectors.get(pod.namespace) ?? [])];
    if (policies.some((selector) => selects(selector, pod.labels))) continue;
    yield findingOf('IST0149', { subject, args: [key, gateway.fullName, pod.name], path: ['spec', 'http'] });
  }
}
