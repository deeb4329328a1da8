import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { hasData, text } from '../../resources/read.ts';
import type { Derivation, ResourceSet } from '../../resources/resource-set.ts';
import { fullHost } from '../../resources/service-hosts.ts';
import type { Subject } from '../../resources/subject.ts';

/** Rules with a traffic policy for all clients, by namespace and host, the oldest first. */
const policies: Derivation<ReadonlyMap<string, readonly Subject[]>> = {
  inputs: [kindRefs.destinationRule],
  build: (set) =>
    Map.groupBy(
      set
        .list(kindRefs.destinationRule)
        .filter(setsPolicy)
        .toSorted((a, b) => (ageKey(a) < ageKey(b) ? -1 : 1)),
      (rule) => placeOf(set, rule),
    ),
};

const setsPolicy = ({ spec }: Subject) => hasData(spec, 'trafficPolicy') && !hasData(spec, 'workloadSelector');

const placeOf = ({ domainSuffix }: ResourceSet, { namespace, spec }: Subject) =>
  `${namespace}/${fullHost(namespace, text(spec, 'host'), domainSuffix)}`;

/** Objects of files have no age: then the name decides, as in Istio. */
function ageKey({ resource, name }: Subject): string {
  return `${text(resource.metadata, 'creationTimestamp')} ${name}`;
}

/** Whether the traffic policy of a DestinationRule is used. Source: Istio pilot/pkg/model, mergeDestinationRule */
export const overlappingRules: Analyzer = {
  name: 'malla.DestinationRulePolicyAnalyzer',
  description: 'Checks that a host has one DestinationRule with a traffic policy in a namespace',
  inputs: [kindRefs.destinationRule, kindRefs.service],
  origins: [kindRefs.destinationRule],
  codes: ['MAL0106'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.destinationRule)) {
      if (!setsPolicy(subject)) continue;
      const [first] = set.derive(policies).get(placeOf(set, subject)) ?? [];
      if (first === undefined || first === subject) continue;
      const args = [text(subject.spec, 'host'), first.fullName];
      yield findingOf('MAL0106', { subject, args, path: ['spec', 'trafficPolicy'] });
    }
  },
};
