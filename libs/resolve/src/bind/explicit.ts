import {
  httpProxyRouteConfigName,
  serviceListenerName,
  serviceRouteConfigName,
  type Interception,
  type OutboundBind,
  type OutboundServiceIr,
} from '@malla/ir';
import { BindingDraft, type Binding, type BindInputs } from './binding.ts';

type Explicit = Extract<Interception, { mode: 'NONE' }>;

/**
 * Listeners of interception NONE: one for each declared bind. A bind whose service is not in the mesh yet is left out and made when the service comes,
 * so that nothing waits for routes that do not exist.
 */
export function bindExplicit({ outbound, inbound }: BindInputs, interception: Explicit): Binding {
  const draft = new BindingDraft();
  for (const declared of interception.outbound) bindOutbound(draft, declared, outbound.services);
  if (interception.httpProxy !== undefined) {
    const bind = interception.httpProxy;
    draft.add({
      kind: 'outbound-http',
      name: serviceListenerName(bind.address, bind.port),
      bind,
      bindToPort: true,
      routeConfig: httpProxyRouteConfigName,
    });
  }
  for (const { targetPort, bind, forwardTo } of interception.inbound) {
    const port = inbound.ports.find((p) => p.targetPort === targetPort);
    if (port === undefined) draft.report({ code: 'unknown_bind', message: `no port ${targetPort} to serve` });
    else
      draft.add({
        kind: 'inbound',
        name: serviceListenerName(bind.address, bind.port),
        bind,
        forwardTo,
        port,
        ...(inbound.authorizers && { authorizers: inbound.authorizers }),
        trustDomains: inbound.trustDomains,
      });
  }
  return draft.finish();
}

function bindOutbound(
  draft: BindingDraft,
  { host, port, bind }: OutboundBind,
  services: readonly OutboundServiceIr[],
): void {
  const service = services.find((s) => s.host === host && s.port === port);
  if (service === undefined) {
    draft.report({ code: 'unknown_bind', message: `no service ${host} with port ${port}` });
    return;
  }
  const name = serviceListenerName(bind.address, bind.port);
  if (service.http)
    draft.add({ kind: 'outbound-http', name, bind, bindToPort: true, routeConfig: serviceRouteConfigName(host, port) });
  else draft.add({ kind: 'outbound-tcp', name, bind, bindToPort: true, cluster: service.cluster });
}
