import { blockAllName, noHeaderEdits, passthroughCluster, type RouteIr, type VirtualHostIr } from '@malla/ir';
import { matchAll } from '../routes/match.ts';

/** Requests to any other host go where they were going; needs the original destination. Source: MeshConfig.outboundTrafficPolicy ALLOW_ANY. */
export const allowAny: VirtualHostIr = catchAll({
  name: 'allow_any',
  match: matchAll,
  action: {
    kind: 'forward',
    destinations: [{ cluster: passthroughCluster, weight: 1, headers: noHeaderEdits }],
    timeoutMs: 0,
    mirrors: [],
    hash: [],
  },
  headers: noHeaderEdits,
});

/** Requests to any other host are refused. Source: MeshConfig.outboundTrafficPolicy REGISTRY_ONLY. */
export const blockAll: VirtualHostIr = catchAll({
  name: blockAllName,
  match: matchAll,
  action: { kind: 'direct-response', status: 502, body: '' },
  headers: noHeaderEdits,
});

function catchAll(route: RouteIr): VirtualHostIr {
  return { name: route.name, domains: ['*'], routes: [route] };
}
