import type { DestinationIr, EndpointSetIr, OutboundIr, RouteConfigIr, RouteIr } from '@malla/ir';
import type { Entry } from './request.ts';
import { compileRouteMatch, type RouteMatcher } from './route-match.ts';

/** Compiled tables of an outbound half; shared by all decisions. */
export interface OutboundTables {
  readonly routeConfigs: ReadonlyMap<string, RouteConfigIr>;
  readonly destinations: ReadonlyMap<string, DestinationIr>;
  readonly endpoints: ReadonlyMap<string, EndpointSetIr>;
  /** Cluster of a service port that is not HTTP; undefined for HTTP. */
  readonly rawCluster: (entry: Entry) => string | undefined;
  readonly matcherOf: (route: RouteIr) => RouteMatcher;
}

/** Builds the tables; routes are compiled when first met. */
export function compileOutbound(outbound: OutboundIr): OutboundTables {
  const matchers = new WeakMap<RouteIr, RouteMatcher>();
  return {
    routeConfigs: new Map(outbound.routeConfigs.map((config) => [config.name, config])),
    destinations: new Map(outbound.destinations.map((destination) => [destination.name, destination])),
    endpoints: new Map(outbound.endpoints.map((set) => [set.cluster, set])),
    rawCluster: (entry) =>
      entry.kind === 'service'
        ? outbound.services.find(({ host, port, http }) => !http && host === entry.host && port === entry.port)?.cluster
        : undefined,
    matcherOf: (route) => {
      const known = matchers.get(route);
      if (known !== undefined) return known;
      const compiled = compileRouteMatch(route.match);
      matchers.set(route, compiled);
      return compiled;
    },
  };
}
