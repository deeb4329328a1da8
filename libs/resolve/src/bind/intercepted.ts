import {
  passthroughCluster,
  portRouteConfigName,
  ports,
  serviceListenerName,
  virtualInboundName,
  virtualOutboundName,
  type Interception,
  type ListenerIr,
  type OutboundServiceIr,
  type SocketAddress,
} from '@malla/ir';
import { BindingDraft, type Binding, type BindInputs } from './binding.ts';

type Captured = Extract<Interception, { mode: 'REDIRECT' }>;

const everyAddress = '0.0.0.0';
const everyIpv6Address = '::';

/** Every address, of both families where the workload has both. */
function wildcard(port: number, ipv6: boolean): { readonly bind: SocketAddress; readonly alsoBind?: SocketAddress } {
  const bind = { address: everyAddress, port };
  return ipv6 ? { bind, alsoBind: { address: everyIpv6Address, port } } : { bind };
}

/** Ports on which each proxy has a listener at every address: a service can't have another one there. */
const ownPorts = [ports.virtualOutbound, ports.virtualInbound, ports.readiness, ports.envoyPrometheus];

/** Made once for each list of services and families, as every proxy of a scope has the same ones. */
const outboundBindings = new WeakMap<readonly OutboundServiceIr[], Map<boolean, Binding>>();

/**
 * Listeners of interception REDIRECT. Only the two virtual ones open a port; the others are found by the original destination of what 15001 takes: HTTP
 * services of a port share one listener, TCP services have one for each virtual address. Source: Istio pilot/pkg/networking/core, listener.go.
 */
export function bindIntercepted({ outbound, inbound }: BindInputs, { ipv6 = false }: Captured): Binding {
  const known = outboundBindings.get(outbound.services) ?? new Map<boolean, Binding>();
  const services = known.get(ipv6) ?? bindServices(outbound.services, ipv6);
  outboundBindings.set(outbound.services, known.set(ipv6, services));
  const own: ListenerIr[] = [
    {
      kind: 'virtual-outbound',
      name: virtualOutboundName,
      ...wildcard(ports.virtualOutbound, ipv6),
      ...(outbound.refusesUnknown === true && { refusesUnknown: true }),
    },
    { kind: 'virtual-inbound', name: virtualInboundName, ...wildcard(ports.virtualInbound, ipv6), inbound },
  ];
  return { listeners: [...own, ...services.listeners], diagnostics: services.diagnostics };
}

function bindServices(services: readonly OutboundServiceIr[], ipv6: boolean): Binding {
  const draft = new BindingDraft(ownPorts.flatMap((port) => Object.values(wildcard(port, true))));
  const httpPorts = [...new Set(services.filter((service) => service.http).map((service) => service.port))].sort(
    (a, b) => a - b,
  );
  for (const port of httpPorts) {
    const name = serviceListenerName(everyAddress, port);
    const routeConfig = portRouteConfigName(port);
    draft.add({ kind: 'outbound-http', name, ...wildcard(port, ipv6), bindToPort: false, routeConfig });
  }
  for (const service of services) {
    const { port, cluster } = service;
    if (service.http) continue;
    if (service.members !== undefined) {
      addMembers(draft, service.members, cluster, ipv6);
      continue;
    }
    for (const place of placesOf(service, ipv6)) {
      const name = serviceListenerName(place.bind.address, port);
      draft.add({ kind: 'outbound-tcp', name, ...place, bindToPort: false, cluster });
    }
  }
  return draft.finish();
}

/** Each workload of a headless service at its own address. */
function addMembers(
  draft: BindingDraft,
  members: NonNullable<OutboundServiceIr['members']>,
  cluster: string,
  ipv6: boolean,
): void {
  for (const { address, port, asIs } of members) {
    if (!ipv6 && address.includes(':')) continue;
    const name = serviceListenerName(address, port);
    const to = asIs ? passthroughCluster : cluster;
    draft.add({ kind: 'outbound-tcp', name, bind: { address, port }, bindToPort: false, cluster: to });
  }
}

/**
 * Where a TCP service is called. Without IPv6 nobody can call an IPv6 address, and Envoy may refuse to listen on it. Without a virtual address nothing
 * tells TCP services of one port apart, nor from HTTP: the first has the port.
 */
function placesOf({ virtualAddress, secondaryAddress, port }: OutboundServiceIr, ipv6: boolean) {
  if (virtualAddress === undefined) return [wildcard(port, ipv6)];
  const addresses = secondaryAddress === undefined ? [virtualAddress] : [virtualAddress, secondaryAddress];
  return addresses
    .filter((address) => ipv6 || !address.includes(':'))
    .map((address): ReturnType<typeof wildcard> => ({ bind: { address, port } }));
}
