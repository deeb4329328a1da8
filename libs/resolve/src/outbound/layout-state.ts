import {
  outboundClusterName,
  serviceRouteConfigName,
  type OutboundIr,
  type OutboundServiceIr,
  type RouteConfigIr,
} from '@malla/ir';
import type { MeshOptions, MeshService } from '@malla/snapshot';
import type { Diagnostic } from '../diagnostics.ts';
import type { GatewayParts } from '../gateway/gateway-state.ts';
import type { OutboundLayout } from '../layout.ts';
import { keepList } from '../memo.ts';
import { isHttp, protocolOf } from '../protocol.ts';
import { headlessPorts, membersOf, sameHeadless, withOriginalDestinations, type HeadlessPort } from './headless.ts';
import { SharedRouteConfigs } from './route-configs.ts';
import type { HostSlice } from './host-slice.ts';

/** What a layout is put together from. Every list is the identical one while its content is. */
export interface LayoutInputs {
  readonly mesh: Pick<MeshOptions, 'outboundTrafficPolicy'>;
  readonly services: readonly MeshService[];
  readonly hosts: readonly HostSlice[];
  readonly ownRouteConfigs: readonly RouteConfigIr[];
  readonly rest: Pick<OutboundIr, 'destinations' | 'endpoints' | 'secrets'>;
  /** What Gateways ask for; absent for sidecars. */
  readonly gateway: Pick<GatewayParts, 'gateway' | 'routeConfigs'> | undefined;
}

const nothing: OutboundIr = { services: [], destinations: [], endpoints: [], routeConfigs: [], secrets: [] };

/** The outbound half of one scope in one layout. */
export class LayoutState {
  readonly #layout: OutboundLayout;
  readonly #shared = new SharedRouteConfigs();
  #inputs: LayoutInputs | undefined;
  #headless: readonly HeadlessPort[] = [];
  #outbound: OutboundIr = nothing;

  constructor(layout: OutboundLayout) {
    this.#layout = layout;
  }

  get outbound(): OutboundIr {
    return this.#outbound;
  }

  /** What was found when route configurations were put together. */
  get found(): readonly Diagnostic[] {
    return this.#shared.diagnostics;
  }

  advance(inputs: LayoutInputs): void {
    const { mesh, services, hosts } = inputs;
    const was = this.#inputs;
    const outbound = this.#outbound;
    const headless = this.#headlessOf(inputs);
    const next: OutboundIr = {
      services:
        inputs.gateway !== undefined || (was?.services === services && headless === this.#headless)
          ? outbound.services
          : keepList(outbound.services, outboundServices(services, this.#layout, headless)),
      routeConfigs:
        inputs.gateway === undefined &&
        was?.hosts === hosts &&
        was.mesh.outboundTrafficPolicy === mesh.outboundTrafficPolicy
          ? outbound.routeConfigs
          : keepList(outbound.routeConfigs, this.#routeConfigs(inputs)),
      ...inputs.rest,
      destinations: keepList(outbound.destinations, withOriginalDestinations(inputs.rest.destinations, headless)),
      ...(inputs.gateway === undefined ? {} : { gateway: inputs.gateway.gateway }),
      refusesUnknown: mesh.outboundTrafficPolicy === 'REGISTRY_ONLY',
    };
    this.#inputs = inputs;
    this.#headless = headless;
    const fields = Object.keys(next) as (keyof OutboundIr)[];
    if (!fields.every((field) => next[field] === outbound[field])) this.#outbound = next;
  }

  /** The identical list while it says the same. */
  #headlessOf({ services, gateway, rest }: LayoutInputs): readonly HeadlessPort[] {
    // Where nothing is captured no destination is known but the service.
    if (!this.#layout.perPort || gateway !== undefined) return this.#headless;
    const ports = headlessPorts(services, rest.destinations, rest.endpoints);
    return sameHeadless(this.#headless, ports) ? this.#headless : ports;
  }

  #routeConfigs({ hosts, mesh, ownRouteConfigs, gateway }: LayoutInputs): readonly RouteConfigIr[] {
    if (gateway !== undefined) return gateway.routeConfigs;
    const { perService, perPort, httpProxy } = this.#layout;
    if (!perPort && !httpProxy) return perService ? ownRouteConfigs : [];
    this.#shared.advance(hosts, mesh, this.#layout);
    return [...(perService ? ownRouteConfigs : []), ...this.#shared.configs];
  }
}

const recordsOf = new WeakMap<MeshService, Map<boolean, readonly OutboundServiceIr[]>>();

/** What the application may call; records of a service are made once. */
function outboundServices(
  services: readonly MeshService[],
  { perService }: OutboundLayout,
  headless: readonly HeadlessPort[],
): readonly OutboundServiceIr[] {
  const all: OutboundServiceIr[] = [];
  const members = new Map(headless.map((port) => [port.destination.name, membersOf(port)]));
  for (const service of services) {
    const known = recordsOf.get(service) ?? new Map<boolean, readonly OutboundServiceIr[]>();
    const records = known.get(perService) ?? recordsFor(service, perService);
    recordsOf.set(service, known.set(perService, records));
    // Their members change without the service.
    if (service.headless !== true) all.push(...records);
    else all.push(...records.map((record) => withMembers(record, members.get(record.cluster))));
  }
  return all;
}

function withMembers(record: OutboundServiceIr, members: OutboundServiceIr['members']): OutboundServiceIr {
  return members === undefined ? record : { ...record, members };
}

function recordsFor(service: MeshService, perService: boolean): readonly OutboundServiceIr[] {
  return service.ports.map((port): OutboundServiceIr => {
    const http = isHttp(protocolOf(port));
    return {
      host: service.host,
      port: port.port,
      http,
      cluster: outboundClusterName(port.port, '', service.host),
      ...(service.virtualAddress === undefined ? {} : { virtualAddress: service.virtualAddress }),
      ...(service.secondaryAddress === undefined ? {} : { secondaryAddress: service.secondaryAddress }),
      ...(http && perService ? { routeConfig: serviceRouteConfigName(service.host, port.port) } : {}),
    };
  });
}
