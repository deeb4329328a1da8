import { create } from '@bufbuild/protobuf';
import { blackHoleCluster, blockAllName, type DataPlane, type RouteIr, type VirtualHostIr } from '@malla/ir';
import { VirtualHostSchema, type VirtualHost } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { istioMetadata, originFields } from '../origin.ts';
import { namedDestination } from '../telemetry/labels.ts';
import { routeFault } from './fault.ts';
import { forwardAction, routeLevelEdits } from './forward.ts';
import { grpcRoutes } from './grpc-routes.ts';
import { headerEdits } from './header-edits.ts';
import { operationOf } from './operation.ts';
import { directResponseAction, redirectAction } from './redirect.ts';
import { routeMatch } from './route-match.ts';

/** What a route is emitted for. */
interface RouteContext {
  readonly dataPlane: DataPlane;
  /** Port of the service, when the virtual host is one service's. */
  readonly servicePort: number | undefined;
  /** Refuses requests to every host that nothing else serves. */
  readonly refuses: boolean;
}

/** The routes of one service host and port: the unit that one VirtualService change re-encodes. */
export function virtualHost(host: VirtualHostIr, dataPlane: DataPlane): VirtualHost {
  const context = { dataPlane, servicePort: portOf(host.name), refuses: host.name === blockAllName };
  const routes = dataPlane === 'grpc' ? grpcRoutes(host.routes) : host.routes;
  return create(VirtualHostSchema, {
    name: host.name,
    domains: [...host.domains],
    routes: routes.map((route) => emitRoute(route, context)),
    includeRequestAttemptCount: true,
  });
}

/** `reviews.default.svc.cluster.local:9080` -> 9080; other names have none. */
function portOf(name: string): number | undefined {
  const port = Number(/:(\d+)$/.exec(name)?.[1]);
  return Number.isNaN(port) ? undefined : port;
}

function emitRoute(route: RouteIr, context: RouteContext) {
  // gRPC clients make no spans of routes.
  const operation = context.dataPlane === 'grpc' ? undefined : operationOf(route);
  return {
    name: route.name,
    match: routeMatch(route.match),
    action: emitAction(route, context),
    ...headerEdits(
      ...(route.action.kind === 'forward' ? routeLevelEdits(route.headers, route.action) : [route.headers]),
    ),
    ...(route.fault && { typedPerFilterConfig: routeFault(route.fault) }),
    ...(operation !== undefined && { decorator: { operation } }),
    ...routeMetadata(route, context),
  };
}

/** Where a route comes from; metrics name a request that no service takes by its route, as it has no cluster. */
function routeMetadata({ origin }: RouteIr, { refuses }: RouteContext) {
  if (refuses) return { metadata: { filterMetadata: namedDestination(blackHoleCluster) } };
  return origin === undefined ? {} : { metadata: istioMetadata(originFields(origin)) };
}

function emitAction({ action, headers }: RouteIr, { dataPlane, servicePort }: RouteContext) {
  // gRPC has no such answers: a call that such a route matches fails (gRFC A28).
  if (dataPlane === 'grpc' && action.kind !== 'forward') return { case: 'nonForwardingAction' as const, value: {} };
  switch (action.kind) {
    case 'forward':
      return { case: 'route' as const, value: forwardAction(action, headers, dataPlane) };
    case 'redirect':
      return { case: 'redirect' as const, value: redirectAction(action, servicePort) };
    case 'direct-response':
      return { case: 'directResponse' as const, value: directResponseAction(action) };
  }
}
