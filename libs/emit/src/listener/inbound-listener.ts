import { create } from '@bufbuild/protobuf';
import type { ListenerIr } from '@malla/ir';
import { TrafficDirection } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { socketAddress } from '../wire/address.ts';
import { inboundChains, needsTlsInspector } from './inbound-chains.ts';
import { detectionTimeout, tlsInspector } from './listener-filters.ts';

/** One explicit inbound port (interception NONE). */
export function inboundListener(ir: Extract<ListenerIr, { kind: 'inbound' }>, cluster: string): Listener {
  const { port, trustDomains, authorizers = [], telemetry } = ir;
  return create(ListenerSchema, {
    name: ir.name,
    address: socketAddress(ir.bind),
    trafficDirection: TrafficDirection.INBOUND,
    listenerFilters: needsTlsInspector(port.mutualTls) ? [tlsInspector()] : [],
    // A server that speaks first gets no bytes to tell TLS by: the wait ends in the plain chain.
    listenerFiltersTimeout: detectionTimeout,
    continueOnListenerFiltersTimeout: port.mutualTls === 'permissive',
    filterChains: inboundChains({ port, cluster, trustDomains, authorizers, matchPort: false, telemetry }),
  });
}
