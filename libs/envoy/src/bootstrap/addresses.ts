import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SocketAddress } from '@malla/ir';
import type { AddressSchema } from '@malla/protos/gen/envoy/config/core/v3/address_pb';

/** Where Envoy's admin interface is: a loopback address, or a Unix socket when no port is wanted. */
export type AdminAddress =
  { readonly kind: 'tcp'; readonly socket: SocketAddress } | { readonly kind: 'unix'; readonly path: string };

type AddressInit = MessageInitShape<typeof AddressSchema>;

/** A TCP address as Envoy writes it. */
export function tcpAddress({ address, port }: SocketAddress): AddressInit {
  return { address: { case: 'socketAddress', value: { address, portSpecifier: { case: 'portValue', value: port } } } };
}

/** A Unix socket as Envoy writes it. */
export function pipeAddress(path: string): AddressInit {
  return { address: { case: 'pipe', value: { path } } };
}

/** Either kind of admin address as Envoy writes it. */
export function adminAddress(admin: AdminAddress): AddressInit {
  return admin.kind === 'tcp' ? tcpAddress(admin.socket) : pipeAddress(admin.path);
}
