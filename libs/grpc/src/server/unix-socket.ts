import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { MallaError } from '@malla/model';

/** The longest socket path that Linux takes, in bytes (sun_path without its end mark). */
const maxSocketPath = 107;

/**
 * Makes way for a socket: its folder exists, for the owner only if it is new, and a socket that nobody serves any more is removed.
 * @throws MallaError `unavailable` if it is served or is no socket, `invalid` if the path is too long
 */
export async function prepareSocketPath(name: string, path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxSocketPath) {
    throw new MallaError(
      'invalid',
      `${name} cannot listen on ${path}: a socket path may have ${maxSocketPath} bytes; choose a shorter folder`,
    );
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new MallaError('unavailable', `${name} cannot listen on ${path}: a file that is no socket is there`);
  if (await isServed(path))
    throw new MallaError('unavailable', `${name} cannot listen on ${path}: another process serves it`);
  unlinkSync(path);
}

/** Closes the socket to other users. Until then its folder does. */
export function restrictSocket(path: string): void {
  chmodSync(path, 0o600);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
