import type { DataPlane, ForwardIr, HeaderEditsIr, MirrorIr, WeightedDestinationIr } from '@malla/ir';
import { duration } from '../wire/duration.ts';
import { hashPolicy } from './hash-policy.ts';
import { headerEdits } from './header-edits.ts';
import { fraction } from './percent.ts';
import { retryPolicy } from './retry.ts';
import { rewrite } from './rewrite.ts';

/** The single destination of a route, when it has just one. */
export function onlyDestination(forward: ForwardIr): WeightedDestinationIr | undefined {
  return forward.destinations.length === 1 ? forward.destinations[0] : undefined;
}

/** Envoy's forwarding action; `routeEdits` are those of the whole route. */
export function forwardAction(forward: ForwardIr, routeEdits: HeaderEditsIr, dataPlane: DataPlane) {
  const hostRewrite = onlyDestination(forward)?.hostRewrite ?? forward.hostRewrite;
  return {
    clusterSpecifier: clusterSpecifier(forward, routeEdits),
    timeout: duration(forward.timeoutMs),
    // gRPC clients read their deadline here (gRFC A31).
    ...(dataPlane === 'grpc' &&
      forward.timeoutMs > 0 && { maxStreamDuration: { maxStreamDuration: duration(forward.timeoutMs) } }),
    ...(forward.retry && { retryPolicy: retryPolicy(forward.retry) }),
    ...(forward.rewrite && rewrite(forward.rewrite)),
    ...(hostRewrite !== undefined && {
      hostRewriteSpecifier: { case: 'hostRewriteLiteral' as const, value: hostRewrite },
    }),
    requestMirrorPolicies: forward.mirrors.map(mirrorPolicy),
    hashPolicy: forward.hash.map(hashPolicy),
  };
}

/**
 * Edits that stand on the route itself. Envoy applies those of a weighted cluster before the route's, but a destination's edit shall win over
 * the rule's: with several destinations everything stands on the weighted clusters.
 */
export function routeLevelEdits(routeEdits: HeaderEditsIr, forward: ForwardIr): readonly HeaderEditsIr[] {
  const only = onlyDestination(forward);
  return only ? [routeEdits, only.headers] : [];
}

function clusterSpecifier(forward: ForwardIr, routeEdits: HeaderEditsIr) {
  const only = onlyDestination(forward);
  if (only) return { case: 'cluster' as const, value: only.cluster };
  if (forward.destinations.length === 0) throw new Error('a forwarding route needs a destination');
  const clusters = forward.destinations.map((destination) => weightedCluster(destination, routeEdits));
  return { case: 'weightedClusters' as const, value: { clusters } };
}

function weightedCluster({ cluster, weight, headers, hostRewrite }: WeightedDestinationIr, routeEdits: HeaderEditsIr) {
  return {
    name: cluster,
    weight,
    ...headerEdits(routeEdits, headers),
    ...(hostRewrite !== undefined && {
      hostRewriteSpecifier: { case: 'hostRewriteLiteral' as const, value: hostRewrite },
    }),
  };
}

function mirrorPolicy({ cluster, percent }: MirrorIr) {
  return {
    cluster,
    runtimeFraction: { defaultValue: fraction(percent) },
    traceSampled: false,
    // Callees see the host that the caller used; Envoy would add `-shadow`.
    disableShadowHostSuffixAppend: true,
  };
}
