import type { ListenerIr } from '@malla/ir';
import type { Diagnostic } from '../diagnostics.ts';
import { bindApi } from './api.ts';
import type { Binding, BindInputs } from './binding.ts';
import { bindExplicit } from './explicit.ts';
import { bindGateways } from './gateway.ts';
import { bindIntercepted } from './intercepted.ts';

/** The listeners of a proxy: the last step, and the only one in which addresses occur. */
export function bind(inputs: BindInputs): readonly ListenerIr[] {
  const { listeners } = bindingOf(inputs);
  const { telemetry } = inputs;
  return telemetry === undefined ? listeners : listeners.map((listener) => withTelemetry(listener, telemetry));
}

/** Why declared or expected listeners of a proxy are missing. */
export function bindDiagnostics(inputs: BindInputs): readonly Diagnostic[] {
  return bindingOf(inputs).diagnostics;
}

/** A gateway has the telemetry of what is sent, as in Istio. What says nothing is left out. */
function withTelemetry(listener: ListenerIr, { client, server }: NonNullable<BindInputs['telemetry']>): ListenerIr {
  if (listener.kind === 'api') return listener;
  const telemetry = listener.kind === 'inbound' || listener.kind === 'virtual-inbound' ? server : client;
  const { tracing, metrics, accessLogs } = telemetry;
  return tracing === undefined && metrics === undefined && accessLogs.length === 0
    ? listener
    : { ...listener, telemetry };
}

function bindingOf(inputs: BindInputs): Binding {
  const { role, dataPlane, interception } = inputs.proxy;
  if (role === 'router') return bindGateways(inputs);
  if (dataPlane === 'grpc') return bindApi(inputs.outbound.services);
  return interception.mode === 'NONE' ? bindExplicit(inputs, interception) : bindIntercepted(inputs, interception);
}
