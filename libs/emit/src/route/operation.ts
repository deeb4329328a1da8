import { parseOutboundClusterName, type RouteIr } from '@malla/ir';

/**
 * What spans of a route's requests are called: `reviews.default.svc.cluster.local:9080/*`. Undefined for answers of the proxy itself and for what leads to
 * no service. With several destinations it is the VirtualService that tells. Source: Istio pilot/pkg/networking/core/route, getRouteOperation
 */
export function operationOf({ action, match, origin }: RouteIr): string | undefined {
  if (action.kind !== 'forward') return undefined;
  const [first, second] = action.destinations;
  const service = first && parseOutboundClusterName(first.cluster);
  if (service === undefined) return undefined;
  const name = second === undefined || origin === undefined ? service.host : origin.name;
  return `${name}:${service.port}${pathOf(match.path)}`;
}

/** Proxies tell each other the operation in a header. */
const visible = /^[\x21-\x7e]*$/;

function pathOf({ kind, value }: RouteIr['match']['path']): string {
  if (!visible.test(value)) return '/*';
  return kind === 'prefix' ? `${value}*` : value;
}
