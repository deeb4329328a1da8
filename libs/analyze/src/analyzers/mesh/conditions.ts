import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs, type KindRef } from '../../resources/kind-refs.ts';
import { items, text, type Data } from '../../resources/read.ts';

const gatewayConditions = ['Accepted', 'Programmed', 'ResolvedRefs'];

/** Conditions that must not be `False`. Source: Istio pkg/config/analysis/analyzers/conditions */
const watched: ReadonlyMap<KindRef, readonly string[]> = new Map<KindRef, readonly string[]>([
  [kindRefs.service, ['istio.io/WaypointBound']],
  [kindRefs.serviceEntry, ['istio.io/WaypointBound']],
  [kindRefs.workloadEntry, ['istio.io/WaypointBound']],
  [kindRefs.authorizationPolicy, ['ZtunnelAccepted', 'WaypointAccepted']],
  [kindRefs.kubernetesGateway, gatewayConditions],
  [kindRefs.httpRoute, gatewayConditions],
  [kindRefs.grpcRoute, gatewayConditions],
]);

const isRoute = (ref: KindRef) => ref === kindRefs.httpRoute || ref === kindRefs.grpcRoute;

/** Whether the status of a resource says that something does not work. */
export const conditions: Analyzer = {
  name: 'conditions.ConditionAnalyzer',
  description: 'Checks the conditions in the status of resources',
  inputs: [...watched.keys()],
  origins: [...watched.keys()],
  codes: ['IST0171'],
  *analyze({ subjects }) {
    for (const [ref, types] of watched)
      for (const subject of subjects(ref)) {
        const status = subject.resource['status'];
        // Routes have conditions for each of their parents.
        const holders = isRoute(ref) ? items(status, 'parents') : [status];
        for (const condition of holders.flatMap((holder) => items(holder, 'conditions'))) {
          if (!isNegative(ref, types, condition)) continue;
          const args = ['type', 'reason', 'message'].map((field) => text(condition, field));
          yield findingOf('IST0171', { subject, args, path: ['status'] });
        }
      }
  },
};

function isNegative(ref: KindRef, types: readonly string[], condition: Data): boolean {
  const type = text(condition, 'type');
  if (types.includes(type) && text(condition, 'status') === 'False') return true;
  return (
    ref === kindRefs.authorizationPolicy &&
    type === 'WaypointAccepted' &&
    text(condition, 'reason') === 'PartiallyInvalid'
  );
}
