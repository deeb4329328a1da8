import type { Socket } from 'node:net';
import type { SocketEnd } from '../runtime/connection.ts';

/** Where a redirected connection was going; undefined when it was not redirected. */
export function originalDestination(socket: Socket): SocketEnd | undefined {
  void socket;
  return undefined;
}
