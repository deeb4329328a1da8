import type { ListenerIr, SocketAddress } from '@malla/ir';

/** An Envoy address of a TCP socket. */
export function socketAddress({ address, port }: SocketAddress) {
  return {
    address: {
      case: 'socketAddress' as const,
      value: { address, portSpecifier: { case: 'portValue' as const, value: port } },
    },
  };
}

/** Where a listener is: its address and, in the other family, a second one. */
export function listenerAddresses({ bind, alsoBind }: Pick<BoundListener, 'bind' | 'alsoBind'>) {
  return {
    address: socketAddress(bind),
    ...(alsoBind !== undefined && { additionalAddresses: [{ address: socketAddress(alsoBind) }] }),
  };
}

type BoundListener = Extract<ListenerIr, { readonly alsoBind?: SocketAddress }>;
