import { create } from '@bufbuild/protobuf';
import type { ListenerIr } from '@malla/ir';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { apiConnectionManager } from '../http-connection-manager.ts';
import { pack } from '../wire/typed-config.ts';

/** A gRPC client's view of a service: no socket, only routes. Source: gRFC A27, "Listener Proto". */
export function apiListener(ir: Extract<ListenerIr, { kind: 'api' }>): Listener {
  return create(ListenerSchema, {
    name: ir.name,
    apiListener: { apiListener: pack(HttpConnectionManagerSchema, apiConnectionManager(ir.routeConfig)) },
  });
}
