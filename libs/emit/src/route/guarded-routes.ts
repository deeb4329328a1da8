import { create, toBinary } from '@bufbuild/protobuf';
import type { InboundIr, ListenerIr } from '@malla/ir';
import { encodeBytes, type EncodedResource } from '@malla/protos';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { NodeMemo } from '../node-memo.ts';
import { hasNoPolicies, routePolicyRules } from './route-policies.ts';

type ByName = ReadonlyMap<string, EncodedResource>;

type Policies = NonNullable<InboundIr['gateway']>;

/** What holds for what a route configuration serves. */
interface Guard {
  readonly policies: Policies;
  /** The listener's. */
  readonly port: number;
}

/**
 * Route configurations of gateways with the policies of the workload that serves them: the routes are the same for all of a scope, what policies
 * say depends on the workload. Rules stand with the routes for the reason that {@link routePolicyRules} tells.
 */
export class GuardedRoutes {
  readonly #rules = new NodeMemo<Policies, Map<number, Uint8Array>>();
  readonly #guarded = new NodeMemo<EncodedResource, Map<Uint8Array, EncodedResource>>();
  readonly #collected = new NodeMemo<ByName, Map<string, ByName>>();

  /** The route configurations, those of gateway listeners guarded; the same map while nothing changes. `key` tells variants of `routes` apart. */
  of(routes: ByName, listeners: readonly ListenerIr[]): { readonly routes: ByName; readonly key: string } {
    const guarded: EncodedResource[] = [];
    for (const [name, guard] of guardsOf(listeners)) {
      const resource = routes.get(name);
      if (resource !== undefined) guarded.push(this.#one(resource, guard));
    }
    const changed = guarded.filter((resource) => routes.get(resource.name) !== resource);
    if (changed.length === 0) return { routes, key: '' };
    const variants = this.#collected.of(routes, () => new Map<string, ByName>());
    const key = changed.map(({ name, version }) => `${name}@${version}`).join();
    const known = variants.get(key) ?? new Map([...routes, ...changed.map((one) => [one.name, one] as const)]);
    variants.set(key, known);
    return { routes: known, key };
  }

  /** A message is the concatenation of its fields. */
  #one(resource: EncodedResource, { policies, port }: Guard): EncodedResource {
    if (hasNoPolicies(ofRequests(policies))) return resource;
    const byPort = this.#rules.of(policies, () => new Map());
    const rules = byPort.get(port) ?? rulesBytes(policies, port);
    byPort.set(port, rules);
    const variants = this.#guarded.of(resource, () => new Map());
    const known = variants.get(rules);
    if (known !== undefined) return known;
    const bytes = Buffer.concat([resource.any.value, rules]);
    const guarded = encodeBytes(RouteConfigurationSchema, resource.name, new Uint8Array(bytes));
    variants.set(rules, guarded);
    return guarded;
  }
}

function* guardsOf(listeners: readonly ListenerIr[]): Iterable<readonly [string, Guard]> {
  for (const listener of listeners) {
    if (listener.kind !== 'gateway') continue;
    const guard = { policies: listener.authorization, port: listener.port.port };
    for (const { target } of listener.port.chains) if (target.kind === 'http') yield [target.routeConfig, guard];
  }
}

function ofRequests({ http, rateLimits = [] }: Policies) {
  return { authorization: http, rateLimits };
}

function rulesBytes(policies: Policies, port: number): Uint8Array {
  const typedPerFilterConfig = routePolicyRules(ofRequests(policies), port);
  return toBinary(RouteConfigurationSchema, create(RouteConfigurationSchema, { typedPerFilterConfig }));
}
