import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { proxyImage } from '../../resources/pods.ts';
import { dataAt } from '../../resources/read.ts';
import type { ResourceSet } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';
import { injectorValues } from './injector-values.ts';

const injectionLabel = 'istio-injection';
const revisionLabel = 'istio.io/rev';
const modeLabel = 'istio.io/dataplane-mode';

/** Whether it is clear which namespaces are injected, and whether pods of those that are have a proxy. */
export const injection: Analyzer = {
  name: 'injection.Analyzer',
  description: 'Checks the injection of sidecars into namespaces and pods',
  inputs: [kindRefs.namespace, kindRefs.pod, kindRefs.configMap],
  origins: [kindRefs.namespace, kindRefs.pod],
  codes: ['IST0102', 'IST0103', 'IST0123', 'IST0148'],
  *analyze(view) {
    for (const subject of view.subjects(kindRefs.namespace)) yield* checkNamespace(view, subject);
    for (const subject of view.subjects(kindRefs.pod)) {
      if (isInjected(view, view.set.find(kindRefs.namespace, '', subject.namespace)) && lacksProxy(subject))
        yield findingOf('IST0103', { subject, args: [subject.fullName] });
    }
  },
};

const isControlPlaneNamespace = ({ mesh }: AnalysisView, { name }: Subject) =>
  name === 'istio-system' || name === mesh.rootNamespace;

function* checkNamespace(view: AnalysisView, subject: Subject): Iterable<Finding> {
  if (isControlPlaneNamespace(view, subject)) return;
  const { labels } = subject;
  const injected = labels[injectionLabel];
  const given = [
    ...(injected === undefined ? [] : [injectionLabel]),
    ...(injected === undefined || injected === 'enabled'
      ? [revisionLabel, modeLabel].filter((label) => labels[label] !== undefined)
      : []),
  ];
  if (given.length > 1)
    yield findingOf('IST0123', {
      subject,
      args: [given.map((label) => `${label}=${labels[label]}`)],
      path: ['metadata', 'labels'],
    });
  if (labels[modeLabel] === 'ambient' || (injected ?? '') !== '' || labels[revisionLabel] !== undefined) return;
  if (isEnabledByDefault(view.set)) yield findingOf('IST0148', { subject });
  else yield findingOf('IST0102', { subject, args: [subject.name, subject.name], path: ['metadata', 'name'] });
}

function isEnabledByDefault(set: ResourceSet): boolean {
  const webhook = dataAt(injectorValues(set).get('istio-sidecar-injector'), 'sidecarInjectorWebhook');
  return webhook['enableNamespacesByDefault'] === true;
}

function isInjected(view: AnalysisView, namespace: Subject | undefined): boolean {
  return (
    namespace !== undefined &&
    !isControlPlaneNamespace(view, namespace) &&
    namespace.labels[injectionLabel] === 'enabled' &&
    namespace.labels[modeLabel] !== 'ambient'
  );
}

function lacksProxy({ labels, annotations, spec }: Subject): boolean {
  const wish = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'] ?? '';
  return wish.toLowerCase() !== 'false' && spec['hostNetwork'] !== true && proxyImage(spec) === '';
}
