import {
  portRouteConfigName,
  ports,
  serviceListenerName,
  virtualInboundName,
  virtualOutboundName,
  type ListenerIr,
  type OutboundServiceIr,
  type SocketAddress,
} from '@malla/ir';
import { BindingDraft, type Binding, type BindInputs } from './binding.ts';

const everyAddress = '0.0.0.0';

function wildcard(port: number): SocketAddress {
  return { address: everyAddress, port };
}

/** Made once for each list of services, as every proxy of a scope has the same ones. */
const outboundBindings = new WeakMap<readonly OutboundServiceIr[], Binding>();

/**
 * Listeners of interception REDIRECT. Only the two virtual ones open a port; the others are found by the original destination of what 15001 takes: HTTP
 * services of a port share one listener, TCP services have one for each virtual address. Source: Istio pilot/pkg/networking/core, listener.go.
 */
export function bindIntercepted({ outbound, inbound }: BindInputs): Binding {
  const known = outboundBindings.get(outbound.services) ?? bindServices(outbound.services);
  outboundBindings.set(outbound.services, known);
  const own: ListenerIr[] = [
    { kind: 'virtual-outbound', name: virtualOutboundName, bind: wildcard(ports.virtualOutbound) },
    { kind: 'virtual-inbound', name: virtualInboundName, bind: wildcard(ports.virtualInbound), inbound },
  ];
  return { listeners: [...own, ...known.listeners], diagnostics: known.diagnostics };
}

function bindServices(services: readonly OutboundServiceIr[]): Binding {
  const draft = new BindingDraft();
  const httpPorts = [...new Set(services.filter((service) => service.http).map((service) => service.port))].sort(
    (a, b) => a - b,
  );
  for (const port of httpPorts) {
    const name = serviceListenerName(everyAddress, port);
    draft.add({
      kind: 'outbound-http',
      name,
      bind: wildcard(port),
      bindToPort: false,
      routeConfig: portRouteConfigName(port),
    });
  }
  for (const { http, virtualAddress, port, cluster } of services) {
    if (http) continue;
    // Without a virtual address nothing tells TCP services of one port apart, nor from HTTP: the first has the port.
    const bind = { address: virtualAddress ?? everyAddress, port };
    draft.add({
      kind: 'outbound-tcp',
      name: serviceListenerName(bind.address, port),
      bind,
      bindToPort: false,
      cluster,
    });
  }
  return draft.finish();
}
