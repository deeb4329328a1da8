import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, items, texts } from '../../resources/read.ts';

/** Whether the principals of AuthorizationPolicies can be identities of the mesh. Those of `notPrincipals` may be of other meshes. */
export const principals: Analyzer = {
  name: 'malla.PrincipalAnalyzer',
  description: 'Checks that principals of AuthorizationPolicies can exist in the mesh',
  inputs: [kindRefs.authorizationPolicy, kindRefs.namespace],
  origins: [kindRefs.authorizationPolicy],
  codes: ['MAL0102'],
  *analyze(view) {
    for (const subject of view.subjects(kindRefs.authorizationPolicy))
      for (const [i, rule] of items(subject.spec, 'rules').entries())
        for (const [j, from] of items(rule, 'from').entries())
          for (const [k, principal] of texts(dataAt(from, 'source'), 'principals').entries()) {
            const reason = whyNever(view, principal);
            if (reason === undefined) continue;
            const path = ['spec', 'rules', i, 'from', j, 'source', 'principals', k];
            yield findingOf('MAL0102', { subject, args: [principal, reason], path });
          }
  },
};

/** Only for principals that are written in full: patterns may mean anything. */
function whyNever({ set, mesh }: AnalysisView, principal: string): string | undefined {
  if (principal.includes('*')) return undefined;
  if (principal.startsWith('spiffe://')) return 'principals are written without spiffe://';
  const [, domain, namespace] = /^([^/]+)\/ns\/([^/]+)\/sa\/[^/]+$/.exec(principal) ?? [];
  if (domain === undefined || namespace === undefined)
    return 'identities have the form TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT';
  // Istio reads cluster.local as the trust domain of the mesh.
  if (![mesh.trustDomain, ...mesh.trustDomainAliases, 'cluster.local'].includes(domain))
    return `${domain} is no trust domain of the mesh`;
  const isHere = domain === mesh.trustDomain || domain === 'cluster.local';
  if (isHere && set.find(kindRefs.namespace, '', namespace) === undefined) return `there is no namespace ${namespace}`;
  return undefined;
}
