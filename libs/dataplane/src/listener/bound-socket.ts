import { createServer, type Server, type Socket } from 'node:net';
import { lstatSync, unlinkSync } from 'node:fs';
import type { Address } from '@malla/proxy-config';
import { socketPath } from '../upstream/open-socket.ts';

/** Kernel's queue of connections that nobody has accepted; it cuts this to its own limit. */
const backlog = 4_096;

/** A listening socket. Every worker opens its own on the same address (SO_REUSEPORT), and the kernel spreads connections. */
export class BoundSocket {
  readonly address: Address;
  /** Gets accepted sockets; exchanged when another version of the listener takes it over. */
  handler: (socket: Socket) => void;
  readonly #server: Server;

  private constructor(address: Address, server: Server, handler: (socket: Socket) => void) {
    this.address = address;
    this.handler = handler;
    this.#server = server;
    server.on('connection', (socket) => this.handler(socket));
    // The accept of a broken connection, or too few file descriptors: nothing that ends the listener.
    server.on('error', () => undefined);
  }

  /** Fails with Envoy's words: `cannot bind '127.0.0.1:80': Address already in use`. */
  static async open(address: Address, handler: (socket: Socket) => void): Promise<BoundSocket> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    if (address.kind === 'pipe' && !address.path.startsWith('@')) removeStale(address.path);
    try {
      await listening(server, address);
    } catch (error) {
      server.close();
      throw new Error(`cannot bind '${nameOf(address)}': ${wordsOf(error)}`, { cause: error });
    }
    return new BoundSocket(resolved(address, server), server, handler);
  }

  /** Accepts no more. Connections stay. */
  close(): void {
    this.#server.close();
  }
}

function listening(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    if (address.kind === 'pipe') server.listen({ path: socketPath(address.path), backlog });
    else {
      // Never both families by one socket: a listener for both has two addresses, as in Envoy.
      const v6 = address.address.includes(':') && { ipv6Only: true };
      server.listen({ host: address.address, port: address.port, backlog, exclusive: true, reusePort: true, ...v6 });
    }
  });
}

/** The port that was chosen, where the configuration has port 0. */
function resolved(address: Address, server: Server): Address {
  const bound = server.address();
  return address.kind === 'tcp' && bound !== null && typeof bound === 'object'
    ? { ...address, port: bound.port }
    : address;
}

/** A socket file that a process which is gone has left. */
function removeStale(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch {
    // Nothing there, or nothing that may be removed: then binding tells.
  }
}

function nameOf(address: Address): string {
  if (address.kind === 'pipe') return address.path;
  return address.address.includes(':') ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

function wordsOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return errnoWords[code] ?? code;
}

const errnoWords: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EACCES: 'Permission denied',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  ENOENT: 'No such file or directory',
};
