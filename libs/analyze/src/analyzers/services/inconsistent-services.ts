import { isDeepStrictEqual } from '../../resources/equal.ts';
import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { text } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import { portsOf } from '../../resources/services.ts';
import type { Subject } from '../../resources/subject.ts';

const byName: Derivation<ReadonlyMap<string, readonly Subject[]>> = {
  inputs: [kindRefs.service],
  build: (set) => Map.groupBy(set.list(kindRefs.service), (service) => service.fullName),
};

function differences(a: Subject, b: Subject): string[] {
  const headless = ({ spec }: Subject) => text(spec, 'clusterIP') === 'None';
  const type = ({ spec }: Subject) => text(spec, 'type') || 'ClusterIP';
  const ports = (service: Subject) => [...portsOf(service)].sort((x, y) => (x.name < y.name ? -1 : 1));
  return [
    ...(headless(a) === headless(b) ? [] : ['it is headless only in some of them']),
    ...(type(a) === type(b) ? [] : ['the types differ']),
    ...(isDeepStrictEqual(ports(a), ports(b)) ? [] : ['the ports differ']),
  ];
}

/** Whether a Service that several clusters have is the same in all. */
export const inconsistentServices: Analyzer = {
  name: 'services.MultiClusterServiceAnalyzer',
  description: 'Checks that a Service is the same in all clusters',
  inputs: [kindRefs.service],
  origins: [kindRefs.service],
  codes: ['IST0170'],
  *analyze({ set, subjects }) {
    const reported = new Set<string>();
    for (const { fullName } of subjects(kindRefs.service)) {
      const all = set.derive(byName).get(fullName) ?? [];
      const [first] = all;
      if (first === undefined || all.length < 2 || reported.has(fullName)) continue;
      reported.add(fullName);
      const others = all.slice(1).map((other) => ({ other, found: differences(first, other) }));
      const wrong = others.filter(({ found }) => found.length > 0);
      if (wrong.length === 0) continue;
      const clusters = [first.cluster, ...wrong.map(({ other }) => other.cluster)].sort();
      const reasons = [...new Set(wrong.flatMap(({ found }) => found))].sort().join('; ');
      yield findingOf('IST0170', { subject: first, args: [first.name, first.namespace, clusters, reasons] });
    }
  },
};
