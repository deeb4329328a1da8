import type { Socket } from 'node:net';
import type { Address } from '@malla/proxy-config';
import type { SocketEnd } from '../runtime/connection.ts';

const nowhere: SocketEnd = { address: '', port: 0 };

/** The peer's end of a socket; `fallback` for Unix sockets, which have none. */
export function remoteEnd(socket: Socket, fallback: SocketEnd = nowhere): SocketEnd {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined ? fallback : { address: plainAddress(remoteAddress), port: remotePort ?? 0 };
}

/** Our own end of a socket. */
export function localEnd(socket: Socket, fallback: SocketEnd = nowhere): SocketEnd {
  const { localAddress, localPort } = socket;
  // A Unix socket's address is undefined, or the empty text while it is not connected.
  return localAddress === undefined || localAddress === ''
    ? fallback
    : { address: plainAddress(localAddress), port: localPort ?? 0 };
}

/** An address of the configuration as the end of a connection: paths have port 0. */
export function endOf(address: Address): SocketEnd {
  return address.kind === 'tcp' ? { address: address.address, port: address.port } : { address: address.path, port: 0 };
}

/** IPv4 that came by a dual-stack socket is IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
