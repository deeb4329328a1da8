import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { items, text } from '../../resources/read.ts';
import type { Derivation, ResourceSet } from '../../resources/resource-set.ts';
import { destinationsOf } from './routes.ts';

/** `namespace/name+subset` of a host as written in a namespace: hosts of the cluster mean the same Service from everywhere. */
function keyOf({ domainSuffix }: ResourceSet, namespace: string, host: string, subset: string): string {
  const end = `.svc.${domainSuffix}`;
  const local = host.endsWith(end) ? host.slice(0, -end.length) : '';
  const dot = local.lastIndexOf('.');
  return dot < 1 ? `${namespace}/${host}+${subset}` : `${local.slice(dot + 1)}/${local.slice(0, dot)}+${subset}`;
}

const known: Derivation<ReadonlySet<string>> = {
  inputs: [kindRefs.destinationRule],
  build: (set) =>
    new Set(
      set
        .list(kindRefs.destinationRule)
        .flatMap(({ namespace, spec }) =>
          items(spec, 'subsets').map((subset) => keyOf(set, namespace, text(spec, 'host'), text(subset, 'name'))),
        ),
    ),
};

/** Whether the subsets that routes name are defined. */
export const destinationSubsets: Analyzer = {
  name: 'virtualservice.DestinationRuleAnalyzer',
  description: 'Checks that DestinationRules define the subsets of VirtualServices',
  inputs: [kindRefs.virtualService, kindRefs.destinationRule],
  origins: [kindRefs.virtualService],
  codes: ['IST0101'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.virtualService)) {
      for (const { host, subset, path, isMirror } of destinationsOf(subject)) {
        if (subset === '' || set.derive(known).has(keyOf(set, subject.namespace, host, subset))) continue;
        const what = isMirror ? 'mirror+subset in destinationrule' : 'host+subset in destinationrule';
        yield findingOf('IST0101', { subject, args: [what, `${host}+${subset}`], path: [...path, 'host'] });
      }
    }
  },
};
