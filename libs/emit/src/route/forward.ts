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

/** Envoy's forwarding action. */
export function forwardAction(forward: ForwardIr, dataPlane: DataPlane) {
  const hostRewrite = onlyDestination(forward)?.hostRewrite ?? forward.hostRewrite;
  return {
    clusterSpecifier: clusterSpecifier(forward),
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

/** Edits of the only destination; those of several go on the weighted clusters. */
export function destinationEdits(forward: ForwardIr): HeaderEditsIr | undefined {
  return onlyDestination(forward)?.headers;
}

function clusterSpecifier(forward: ForwardIr) {
  const only = onlyDestination(forward);
  if (only) return { case: 'cluster' as const, value: only.cluster };
  if (forward.destinations.length === 0) throw new Error('a forwarding route needs a destination');
  return { case: 'weightedClusters' as const, value: { clusters: forward.destinations.map(weightedCluster) } };
}

function weightedCluster({ cluster, weight, headers, hostRewrite }: WeightedDestinationIr) {
  return {
    name: cluster,
    weight,
    ...headerEdits(headers),
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
