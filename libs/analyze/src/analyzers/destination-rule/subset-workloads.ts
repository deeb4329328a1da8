import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { LabelIndex, type Labels } from '../../resources/labels.ts';
import { items, text, textMap, texts } from '../../resources/read.ts';
import type { Derivation, ResourceSet } from '../../resources/resource-set.ts';
import { serviceHostsOf } from '../../resources/service-hosts.ts';
import type { Subject } from '../../resources/subject.ts';

const region = 'topology.kubernetes.io/region';
const zone = 'topology.kubernetes.io/zone';
const subzone = 'topology.istio.io/subzone';

/** Labels that a pod has in the mesh: its own, and where its node is. Source: Istio pilot/pkg/serviceregistry/util/label, AugmentLabels */
function meshLabels(set: ResourceSet, pod: Subject): Labels {
  const nodeName = text(pod.spec, 'nodeName');
  if (nodeName === '') return pod.labels;
  const node = set.find(kindRefs.node, '', nodeName)?.labels ?? {};
  const place: Record<string, string> = {};
  // A zone counts only inside a region, a subzone only inside a zone.
  for (const label of [region, zone, subzone]) {
    const value = node[label] ?? '';
    if (value === '') break;
    place[label] = value;
  }
  return { ...pod.labels, ...place, 'kubernetes.io/hostname': nodeName };
}

const workloads: Derivation<LabelIndex<Subject>> = {
  inputs: [kindRefs.pod, kindRefs.node, kindRefs.workloadEntry],
  build(set) {
    const index = new LabelIndex<Subject>();
    for (const pod of set.list(kindRefs.pod)) index.add(meshLabels(set, pod), pod);
    for (const entry of set.list(kindRefs.workloadEntry))
      index.add({ ...entry.labels, ...textMap(entry.spec, 'labels') }, entry);
    return index;
  },
};

/**
 * Whether the host of a DestinationRule exists and each of its subsets selects a workload. Unlike Istio's, workloads outside Kubernetes
 * (WorkloadEntry) count too.
 */
export const subsetWorkloads: Analyzer = {
  name: 'destinationrule.SubsetSelectPodAnalyzer',
  description: 'Checks that hosts of DestinationRules exist and that subsets select workloads',
  inputs: [
    kindRefs.destinationRule,
    kindRefs.pod,
    kindRefs.service,
    kindRefs.serviceEntry,
    kindRefs.node,
    kindRefs.workloadEntry,
  ],
  optional: [kindRefs.pod],
  origins: [kindRefs.destinationRule],
  codes: ['IST0173', 'IST0174'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.destinationRule)) {
      const host = text(subject.spec, 'host');
      const found = serviceHostsOf(set).find(subject.namespace, texts(subject.spec, 'exportTo'), host);
      if (found === undefined) {
        yield findingOf('IST0174', { subject, args: [host], path: ['spec', 'host'] });
        continue;
      }
      // Where there is no pod at all, what runs is not known.
      if (set.list(kindRefs.pod).length === 0) continue;
      for (const [i, subset] of items(subject.spec, 'subsets').entries()) {
        const selector = { ...found.workloadSelector, ...textMap(subset, 'labels') };
        if (set.derive(workloads).any(selector)) continue;
        yield findingOf('IST0173', { subject, args: [text(subset, 'name')], path: ['spec', 'subsets', i] });
      }
    }
  },
};
