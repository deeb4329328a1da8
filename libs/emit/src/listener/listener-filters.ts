import { HttpInspectorSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb';
import { OriginalDstSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb';
import { TlsInspectorSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb';
import { extension } from '../wire/typed-config.ts';

/** Restores where a captured connection was going. */
export function originalDst() {
  return extension('envoy.filters.listener.original_dst', OriginalDstSchema, {});
}

/** Tells TLS from plain text; off for some destination ports, where it would wait for bytes of a server that speaks first. */
export function tlsInspector(exceptPorts: readonly number[] = []) {
  return {
    ...extension('envoy.filters.listener.tls_inspector', TlsInspectorSchema, {}),
    ...disabledFor(exceptPorts),
  };
}

/** Tells HTTP from other bytes; off for some destination ports. */
export function httpInspector(exceptPorts: readonly number[] = []) {
  return {
    ...extension('envoy.filters.listener.http_inspector', HttpInspectorSchema, {}),
    ...disabledFor(exceptPorts),
  };
}

function disabledFor(ports: readonly number[]) {
  const rules = ports.map((port) => ({
    rule: { case: 'destinationPortRange' as const, value: { start: port, end: port + 1 } },
  }));
  const [only] = rules;
  if (!only) return {};
  // Envoy wants at least two in an or.
  return { filterDisabled: rules.length === 1 ? only : { rule: { case: 'orMatch' as const, value: { rules } } } };
}
