import { serviceRouteConfigName, type OutboundServiceIr } from '@malla/ir';
import { BindingDraft, type Binding } from './binding.ts';

const apiBindings = new WeakMap<readonly OutboundServiceIr[], Binding>();

/** Listeners that gRPC clients ask for by name, `xds:///<fqdn>:<port>`: one for each HTTP service port. Source: gRFC A27. */
export function bindApi(services: readonly OutboundServiceIr[]): Binding {
  const known = apiBindings.get(services);
  if (known !== undefined) return known;
  const draft = new BindingDraft();
  for (const { host, port, http } of services) {
    const name = serviceRouteConfigName(host, port);
    if (http) draft.add({ kind: 'api', name, routeConfig: name });
  }
  const binding = draft.finish();
  apiBindings.set(services, binding);
  return binding;
}
