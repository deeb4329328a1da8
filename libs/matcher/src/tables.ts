import type { DestinationIr, EndpointSetIr, OutboundIr, RouteConfigIr, RouteIr } from '@malla/ir';
import type { Entry } from './request.ts';
import { RouteConditions } from './route-match.ts';

/** One of several clusters for bytes; the weight is relative to the sum of all. */
interface WeightedCluster {
  readonly cluster: string;
  readonly weight: number;
}

/** Compiled tables of an outbound half; shared by all decisions. */
export interface OutboundTables {
  readonly routeConfigs: ReadonlyMap<string, RouteConfigIr>;
  readonly destinations: ReadonlyMap<string, DestinationIr>;
  readonly endpoints: ReadonlyMap<string, EndpointSetIr>;
  /** Clusters of what is not HTTP, by weight; undefined for HTTP. */
  readonly rawClusters: (entry: Entry) => readonly WeightedCluster[] | undefined;
  readonly conditionsOf: (route: RouteIr) => RouteConditions;
}

/** Builds the tables; routes are compiled when first met. */
export function compileOutbound(outbound: OutboundIr): OutboundTables {
  const conditions = new WeakMap<RouteIr, RouteConditions>();
  return {
    routeConfigs: new Map(outbound.routeConfigs.map((config) => [config.name, config])),
    destinations: new Map(outbound.destinations.map((destination) => [destination.name, destination])),
    endpoints: new Map(outbound.endpoints.map((set) => [set.cluster, set])),
    rawClusters: (entry) => {
      if (entry.kind === 'gateway') {
        const { target } = entry.chain;
        return target.kind === 'tcp' ? target.clusters : undefined;
      }
      if (entry.kind !== 'service') return undefined;
      const { host, port } = entry;
      const service = outbound.services.find((one) => !one.http && host === one.host && port === one.port);
      return service && [{ cluster: service.cluster, weight: 1 }];
    },
    conditionsOf: (route) => {
      const known = conditions.get(route);
      if (known !== undefined) return known;
      const compiled = new RouteConditions(route.match);
      conditions.set(route, compiled);
      return compiled;
    },
  };
}
