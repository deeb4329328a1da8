import type { Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { items, text } from '../../resources/read.ts';
import type { Subject } from '../../resources/subject.ts';
import { annotationValues } from './annotation-values.ts';
import { isIstioAnnotation, istioAnnotations, ownAnnotations } from './istio-annotations.ts';

const kinds = [kindRefs.namespace, kindRefs.service, kindRefs.pod, kindRefs.deployment] as const;
const injectAnnotation = 'sidecar.istio.io/inject';

/** Whether the annotations of Istio on Kubernetes' kinds are known, in place and valid. */
export const annotations: Analyzer = {
  name: 'annotations.K8sAnalyzer',
  description: 'Checks that annotations of Istio are known, in place and valid',
  inputs: kinds,
  optional: [kindRefs.pod],
  origins: kinds,
  codes: ['IST0107', 'IST0108', 'IST0125', 'IST0135'],
  *analyze({ subjects }) {
    for (const ref of kinds)
      for (const subject of subjects(ref))
        for (const [name, value] of Object.entries(subject.annotations))
          if (isIstioAnnotation(name) && !ownAnnotations.has(name)) yield* checkAnnotation(subject, name, value);
  },
};

function* checkAnnotation(subject: Subject, name: string, value: string): Iterable<Finding> {
  const path = ['metadata', 'annotations', name];
  const definition = istioAnnotations[name];
  if (definition === undefined) {
    yield findingOf('IST0108', { subject, args: [name], path });
    return;
  }
  // Who has both the annotation and the label that replaces it knows what he does.
  const isReplaced = name === injectAnnotation && subject.labels[injectAnnotation] !== undefined;
  if (definition.deprecated && !isReplaced) {
    const extra = name === injectAnnotation ? `; use the label "${injectAnnotation}"` : '';
    yield findingOf('IST0135', { subject, args: [name, extra], path });
  }
  if (definition.kinds.includes('Any')) return;
  if (!definition.kinds.includes(subject.kind)) {
    yield findingOf('IST0107', { subject, args: [name, definition.kinds.join(', ')], path });
    return;
  }
  const problem = annotationValues[name]?.(value);
  if (problem !== undefined) yield findingOf('IST0125', { subject, args: [name, problem], path });
}

/** Set by injection unless a network plugin redirects traffic. */
const setByInjection = new Set([
  'sidecar.istio.io/interceptionMode',
  'traffic.sidecar.istio.io/includeInboundPorts',
  'traffic.sidecar.istio.io/excludeInboundPorts',
  'traffic.sidecar.istio.io/includeOutboundIPRanges',
]);

/** Whether annotations belong to features in alpha. Runs on request, and before an upgrade. */
export const alphaAnnotations: Analyzer = {
  name: 'annotations.AlphaAnalyzer',
  description: 'Checks for annotations of features in alpha',
  inputs: kinds,
  optional: [kindRefs.pod],
  origins: kinds,
  codes: ['IST0136'],
  onRequest: true,
  *analyze({ subjects }) {
    for (const ref of kinds)
      for (const subject of subjects(ref)) {
        const containers = items(subject.spec, 'initContainers');
        const isPluginPod = ref === kindRefs.pod && !containers.some((c) => text(c, 'name') === 'istio-init');
        for (const name of Object.keys(subject.annotations)) {
          if (istioAnnotations[name]?.status !== 'alpha' || ownAnnotations.has(name)) continue;
          if (isPluginPod && setByInjection.has(name)) continue;
          yield findingOf('IST0136', { subject, args: [name], path: ['metadata', 'annotations', name] });
        }
      }
  },
};
