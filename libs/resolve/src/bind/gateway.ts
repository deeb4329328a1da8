import { ports, serviceListenerName, type SocketAddress } from '@malla/ir';
import { BindingDraft, type Binding, type BindInputs } from './binding.ts';

const everyAddress = '0.0.0.0';
const everyIpv6Address = '::';

/** Ports at every address that the proxy has for itself. */
const ownPorts = [ports.readiness, ports.envoyPrometheus];

const noPolicies = { http: { deny: [] }, tcp: { deny: [] } };

/** Listeners of a router: one for each port of its Gateways, at every address or the one that a server names. */
export function bindGateways({ outbound, inbound, proxy }: BindInputs): Binding {
  const draft = new BindingDraft(ownPorts.flatMap((port) => wildcards(port, true)));
  const ipv6 = proxy.interception.ipv6 === true;
  for (const port of outbound.gateway?.ports ?? []) {
    const all = port.bind === undefined ? wildcards(port.port, ipv6) : [{ address: port.bind, port: port.port }];
    const [bind, alsoBind] = all as [SocketAddress, SocketAddress?];
    draft.add({
      kind: 'gateway',
      name: serviceListenerName(bind.address, bind.port),
      bind,
      ...(alsoBind === undefined ? {} : { alsoBind }),
      port,
      authorization: inbound.gateway ?? noPolicies,
      ...(inbound.authorizers && { authorizers: inbound.authorizers }),
      trustDomains: inbound.trustDomains,
    });
  }
  return draft.finish();
}

function wildcards(port: number, ipv6: boolean): readonly SocketAddress[] {
  return [{ address: everyAddress, port }, ...(ipv6 ? [{ address: everyIpv6Address, port }] : [])];
}
