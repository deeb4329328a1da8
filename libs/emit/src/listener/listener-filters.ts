import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ListenerFilterChainMatchPredicateSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_components_pb';
import { OriginalDstSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb';
import { TlsInspectorSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb';
import { duration } from '../wire/duration.ts';
import { extension } from '../wire/typed-config.ts';

/** Restores where a captured connection was going. */
export function originalDst() {
  return extension('envoy.filters.listener.original_dst', OriginalDstSchema, {});
}

/**
 * How long a client may stay silent before the connection counts as plain text. Shorter than the connect timeouts of common drivers, as with a
 * server that speaks first every plain client waits this long.
 */
export const detectionTimeout = duration(5_000);

/** Destination ports that a listener filter looks at. */
export type InspectedPorts = { readonly except: readonly number[] } | { readonly only: readonly number[] };

/** Tells TLS from plain text; off for some destination ports, where it would wait for bytes of a server that speaks first. */
export function tlsInspector(ports: InspectedPorts = { except: [] }) {
  return { ...extension('envoy.filters.listener.tls_inspector', TlsInspectorSchema, {}), ...disabledFor(ports) };
}

type Predicate = MessageInitShape<typeof ListenerFilterChainMatchPredicateSchema>;

function disabledFor(ports: InspectedPorts): { filterDisabled?: Predicate } {
  if ('only' in ports) {
    const on = oneOf(ports.only);
    return {
      filterDisabled: on ? { rule: { case: 'notMatch', value: on } } : { rule: { case: 'anyMatch', value: true } },
    };
  }
  const off = oneOf(ports.except);
  return off ? { filterDisabled: off } : {};
}

function oneOf(ports: readonly number[]): Predicate | undefined {
  const rules = ports.map((port): Predicate => ({
    rule: { case: 'destinationPortRange', value: { start: port, end: port + 1 } },
  }));
  // Envoy wants at least two in an or.
  return rules.length < 2 ? rules[0] : { rule: { case: 'orMatch', value: { rules } } };
}
