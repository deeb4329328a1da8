import type { SocketAddress } from '@malla/ir';

/** An Envoy address of a TCP socket. */
export function socketAddress({ address, port }: SocketAddress) {
  return {
    address: {
      case: 'socketAddress' as const,
      value: { address, portSpecifier: { case: 'portValue' as const, value: port } },
    },
  };
}
