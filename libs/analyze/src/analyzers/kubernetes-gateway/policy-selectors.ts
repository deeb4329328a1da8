import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { podsOf } from '../../resources/pods.ts';
import { hasData, items, textMap } from '../../resources/read.ts';

const policies = [
  kindRefs.authorizationPolicy,
  kindRefs.requestAuthentication,
  kindRefs.telemetry,
  kindRefs.wasmPlugin,
] as const;

const gatewayLabel = 'gateway.networking.k8s.io/gateway-name';

/** Whether a policy selects pods of a Kubernetes Gateway by labels, where only targetRefs count. */
export const policySelectors: Analyzer = {
  name: 'k8sgateway.SelectorAnalyzer',
  description: 'Checks that policies for Kubernetes Gateways use targetRefs',
  inputs: [...policies, kindRefs.pod],
  origins: policies,
  codes: ['IST0166'],
  *analyze({ set, subjects }) {
    for (const ref of policies) {
      for (const subject of subjects(ref)) {
        const { spec } = subject;
        if (hasData(spec, 'targetRef') || items(spec, 'targetRefs').length > 0 || !hasData(spec, 'selector')) continue;
        const selector = textMap(spec['selector'], 'matchLabels');
        for (const pod of podsOf(set).inNamespace(subject.namespace).matching(selector)) {
          const gateway = pod.labels[gatewayLabel];
          if (gateway === undefined) continue;
          yield findingOf('IST0166', { subject, args: [gateway], path: ['spec', 'selector'] });
        }
      }
    }
  },
};
