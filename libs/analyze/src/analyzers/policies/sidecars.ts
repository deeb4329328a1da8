import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selectorText } from '../../resources/labels.ts';
import { isNamespaceInAmbient, isPodInAmbient, podsOf } from '../../resources/pods.ts';
import { textMap } from '../../resources/read.ts';
import type { Subject } from '../../resources/subject.ts';
import { byWorkload, withoutSelector, type Selecting } from './workload-selectors.ts';

const sidecars: Selecting = {
  ref: kindRefs.sidecar,
  selectorOf: ({ spec }) => {
    const labels = textMap(spec['workloadSelector'], 'labels');
    return Object.keys(labels).length === 0 ? undefined : labels;
  },
  isWithoutSelector: ({ spec }) => Object.keys(textMap(spec['workloadSelector'], 'labels')).length === 0,
};

const selected = byWorkload(sidecars);
const unselected = withoutSelector(sidecars);

/** Whether each Sidecar has workloads that are its own. */
export const sidecarSelectors: Analyzer = {
  name: 'sidecar.SelectorAnalyzer',
  description: 'Checks that each Sidecar selects workloads, and no two the same',
  inputs: [kindRefs.sidecar, kindRefs.pod, kindRefs.namespace],
  origins: [kindRefs.sidecar],
  codes: ['IST0101', 'IST0110', 'IST0111', 'IST0167'],
  *analyze(view) {
    for (const subject of view.subjects(kindRefs.sidecar)) {
      const selector = sidecars.selectorOf(subject);
      if (selector === undefined) yield* checkNamespace(view, subject);
      else yield* checkPods(view, subject, selector);
    }
  },
};

function* checkPods({ set }: AnalysisView, subject: Subject, selector: Subject['labels']): Iterable<Finding> {
  const pods = [...podsOf(set).inNamespace(subject.namespace).matching(selector)];
  if (pods.length === 0) {
    const path = ['spec', 'workloadSelector', 'labels', ...Object.keys(selector).sort().slice(0, 1)];
    yield findingOf('IST0101', { subject, args: ['selector', selectorText(selector)], path });
  }
  if (pods.some(isPodInAmbient)) {
    const reason = 'the selected workload is in ambient mode and has no sidecar';
    yield findingOf('IST0167', { subject, args: [reason] });
  }
  for (const pod of pods) {
    const names = set.derive(selected).get(pod) ?? [];
    if (names.length < 2 || isPodInAmbient(pod)) continue;
    yield findingOf('IST0110', { subject, args: [names, pod.namespace, pod.name], path: ['metadata', 'name'] });
  }
}

function* checkNamespace({ set }: AnalysisView, subject: Subject): Iterable<Finding> {
  if (isNamespaceInAmbient(set.find(kindRefs.namespace, '', subject.namespace))) {
    yield findingOf('IST0167', { subject, args: ['the namespace is in ambient mode and has no sidecars'] });
    return;
  }
  const names = set.derive(unselected).get(subject.namespace) ?? [];
  if (names.length > 1) yield findingOf('IST0111', { subject, args: [names, subject.namespace] });
}
