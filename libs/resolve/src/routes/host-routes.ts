import { noHeaderEdits, outboundClusterName, type RouteIr } from '@malla/ir';
import type { VirtualService } from '@malla/model';
import type { MeshService } from '@malla/snapshot';
import { resolveHash } from '../destination/load-balancer.ts';
import { policyFor } from '../destination/policy.ts';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import type { RouteOptions } from '../mesh-inputs.ts';
import type { KnownDestination } from './destination-ref.ts';
import { resolveHttpRoute } from './http-route.ts';
import { concerns, isCatchAll, matchAll, type MatchClient } from './match.ts';
import { resolveRetry } from './retry.ts';

/** All that the routes of one host and port depend on. */
export interface HostRoutesInputs {
  readonly mesh: RouteOptions;
  readonly host: string;
  /** Absent for a host that only VirtualServices name. */
  readonly service: MeshService | undefined;
  readonly port: number;
  /** VirtualServices for the host, in order of precedence. */
  readonly virtualServices: readonly VirtualService[];
  readonly client: MatchClient;
  readonly destinations: ReadonlyMap<string, KnownDestination>;
}

/** Routes with what is wrong about them. */
export interface HostRoutes {
  readonly routes: readonly RouteIr[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The routes of one host and port: those of the first VirtualService that has any for this client and port, else straight to the service. A request
 * that none of its routes matches gets 404. Undefined when a host without a service has no routes either.
 */
export function resolveHostRoutes(inputs: HostRoutesInputs): HostRoutes | undefined {
  const { host, service, virtualServices } = inputs;
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const routes = firstRules(inputs, report) ?? (service === undefined ? undefined : [defaultRoute(service, inputs)]);
  if (routes === undefined) return undefined;
  for (const shadowed of virtualServices.slice(1)) {
    report({
      code: 'duplicate_host',
      message: `an older VirtualService routes ${host} already`,
      origin: originOf(shadowed),
    });
  }
  return { routes, diagnostics };
}

/** The routes of the first VirtualService that has any: the others of the host are shadowed. */
function firstRules(
  inputs: HostRoutesInputs,
  report: (diagnostic: Diagnostic) => void,
): readonly RouteIr[] | undefined {
  for (const resource of inputs.virtualServices) {
    const routes = resolveRules(resource, inputs, report);
    if (routes.length > 0) return routes;
  }
  return undefined;
}

/** What the rules of one VirtualService depend on. */
export type RulesInputs = Pick<HostRoutesInputs, 'mesh' | 'port' | 'client' | 'destinations'>;

/** One route for each match, in order, up to the first that takes everything. */
export function resolveRules(
  resource: VirtualService,
  inputs: RulesInputs,
  report: (diagnostic: Diagnostic) => void,
): readonly RouteIr[] {
  const { mesh, port, client } = inputs;
  const origin = originOf(resource);
  const table = {
    namespace: origin.namespace,
    domainSuffix: mesh.domainSuffix,
    port,
    known: inputs.destinations,
    origin,
    report,
  };
  const routes: RouteIr[] = [];
  for (const rule of resource.spec?.http ?? []) {
    const matches = rule.match === undefined || rule.match.length === 0 ? [undefined] : rule.match;
    for (const match of matches) {
      if (match !== undefined && !concerns(match, { client, port, namespace: origin.namespace })) continue;
      const route = resolveHttpRoute(rule, match, { table, defaultRetry: mesh.defaultRetry });
      routes.push(route);
      if (isCatchAll(route.match)) return routes;
    }
  }
  return routes;
}

/** Istio's route of a service without a VirtualService. */
function defaultRoute(service: MeshService, { mesh, port, destinations }: HostRoutesInputs): RouteIr {
  const hash = resolveHash(policyFor(destinations.get(service.host)?.hashRule, '', port).loadBalancer);
  const retry = resolveRetry(undefined, mesh.defaultRetry, hash.length > 0);
  return {
    name: 'default',
    match: matchAll,
    action: {
      kind: 'forward',
      destinations: [{ cluster: outboundClusterName(port, '', service.host), weight: 1, headers: noHeaderEdits }],
      timeoutMs: 0,
      ...(retry === undefined ? {} : { retry }),
      mirrors: [],
      hash,
    },
    headers: noHeaderEdits,
  };
}
