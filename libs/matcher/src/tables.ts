import type { DestinationIr, EndpointSetIr, OutboundIr, RouteConfigIr, RouteIr } from '@malla/ir';
import type { Entry } from './request.ts';
import { RouteConditions } from './route-match.ts';

/** Compiled tables of an outbound half; shared by all decisions. */
export interface OutboundTables {
  readonly routeConfigs: ReadonlyMap<string, RouteConfigIr>;
  readonly destinations: ReadonlyMap<string, DestinationIr>;
  readonly endpoints: ReadonlyMap<string, EndpointSetIr>;
  /** Cluster of a service port that is not HTTP; undefined for HTTP. */
  readonly rawCluster: (entry: Entry) => string | undefined;
  readonly conditionsOf: (route: RouteIr) => RouteConditions;
}

/** Builds the tables; routes are compiled when first met. */
export function compileOutbound(outbound: OutboundIr): OutboundTables {
  const conditions = new WeakMap<RouteIr, RouteConditions>();
  return {
    routeConfigs: new Map(outbound.routeConfigs.map((config) => [config.name, config])),
    destinations: new Map(outbound.destinations.map((destination) => [destination.name, destination])),
    endpoints: new Map(outbound.endpoints.map((set) => [set.cluster, set])),
    rawCluster: (entry) =>
      entry.kind === 'service'
        ? outbound.services.find(({ host, port, http }) => !http && host === entry.host && port === entry.port)?.cluster
        : undefined,
    conditionsOf: (route) => {
      const known = conditions.get(route);
      if (known !== undefined) return known;
      const compiled = new RouteConditions(route.match);
      conditions.set(route, compiled);
      return compiled;
    },
  };
}
