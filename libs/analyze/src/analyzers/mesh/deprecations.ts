import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, hasData, items, number, text } from '../../resources/read.ts';

const removedGroup = 'rbac.istio.io';
const removedKinds = new Set(['ClusterRbacConfig', 'RbacConfig', 'ServiceRole', 'ServiceRoleBinding']);

/** Whether something is used that is deprecated. */
export const deprecations: Analyzer = {
  name: 'deprecation.DeprecationAnalyzer',
  description: 'Checks for kinds and fields that are deprecated',
  inputs: [kindRefs.virtualService, kindRefs.sidecar, kindRefs.customResourceDefinition],
  origins: [kindRefs.virtualService, kindRefs.sidecar, kindRefs.customResourceDefinition],
  codes: ['IST0002'],
  *analyze({ subjects }) {
    for (const subject of subjects(kindRefs.virtualService))
      for (const [i, rule] of items(subject.spec, 'http').entries()) {
        if ((number(dataAt(rule, 'fault', 'delay'), 'percent') ?? 0) <= 0) continue;
        yield findingOf('IST0002', {
          subject,
          args: ['http.fault.delay.percent; use http.fault.delay.percentage'],
          path: ['spec', 'http', i, 'fault', 'delay', 'percent'],
        });
      }
    for (const subject of subjects(kindRefs.sidecar)) {
      if (!hasData(subject.spec['outboundTrafficPolicy'], 'egressProxy')) continue;
      const path = ['spec', 'outboundTrafficPolicy', 'egressProxy'];
      yield findingOf('IST0002', { subject, args: ['outboundTrafficPolicy.egressProxy is ignored'], path });
    }
    for (const subject of subjects(kindRefs.customResourceDefinition)) {
      const kind = text(dataAt(subject.spec, 'names'), 'kind');
      if (text(subject.spec, 'group') !== removedGroup || !removedKinds.has(kind)) continue;
      yield findingOf('IST0002', { subject, args: [`the kind ${kind} of ${removedGroup} is removed`] });
    }
  },
};
