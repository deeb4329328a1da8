import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { labelSelectorTakes } from '../../resources/label-selector.ts';
import { proxyContainer } from '../../resources/pods.ts';
import { dataAt, items, text, textMap, type Data } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';

const istioWebhooks: Derivation<readonly Data[]> = {
  inputs: [kindRefs.mutatingWebhook],
  build: (set) =>
    set
      .list(kindRefs.mutatingWebhook)
      .flatMap(({ resource }) => items(resource, 'webhooks'))
      .filter((webhook) => text(webhook, 'name').endsWith('istio.io')),
};

function hasAutoImage(podSpec: unknown): boolean {
  return items(podSpec, 'containers').some((c) => text(c, 'name') === proxyContainer && text(c, 'image') === 'auto');
}

/** Whether workloads that leave their image to injection are injected. */
export const autoImages: Analyzer = {
  name: 'injection.ImageAutoAnalyzer',
  description: 'Checks that workloads with `image: auto` are injected',
  inputs: [kindRefs.namespace, kindRefs.pod, kindRefs.deployment, kindRefs.mutatingWebhook],
  optional: [kindRefs.pod],
  origins: [kindRefs.pod, kindRefs.deployment],
  codes: ['IST0146', 'IST0147'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.pod))
      if (hasAutoImage(subject.spec))
        yield findingOf('IST0147', { subject, args: ['Pod', subject.name], path: ['spec', 'containers'] });
    for (const subject of subjects(kindRefs.deployment)) {
      const template = dataAt(subject.spec, 'template');
      if (!hasAutoImage(template['spec'])) continue;
      const namespaceLabels = set.find(kindRefs.namespace, '', subject.namespace || 'default')?.labels ?? {};
      const podLabels = textMap(template['metadata'], 'labels');
      const isSelected = set
        .derive(istioWebhooks)
        .some(
          (webhook) =>
            labelSelectorTakes(webhook['namespaceSelector'], namespaceLabels) &&
            labelSelectorTakes(webhook['objectSelector'], podLabels),
        );
      if (isSelected) continue;
      const path = ['spec', 'template', 'spec', 'containers'];
      yield findingOf('IST0146', { subject, args: ['Deployment', subject.name], path });
    }
  },
};
