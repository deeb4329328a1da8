import { Socket } from 'node:net';
import { readBuffer } from './read-buffer.ts';

/** Takes bytes that have been read into {@link readBuffer}. */
export type ReadCallback = (length: number) => void;

/**
 * Lets a socket that has a handle already (an accepted one, or TLS on top of one) read into the shared buffer, without stream events for each
 * chunk. `net.connect` has the option `onread` for this, but nothing public sets it on accepted sockets; so this sets what that option sets. It saves a
 * quarter of the cost of a small echo and half of that of a large one. Where this Node.js has not the fields that are needed, 'data' events are copied
 * into the buffer.
 *
 * Called before the first byte is delivered, which is in the callback that hands the socket over.
 */
export function readDirectly(socket: Socket, onRead: ReadCallback): void {
  if (fields === undefined) return readByEvents(socket, onRead);
  const internals = socket as unknown as Internals;
  internals[fields.buffer] = readBuffer;
  internals[fields.callback] = (length: number) => {
    onRead(length);
    return true;
  };
  internals._handle?.useUserBuffer?.(readBuffer);
}

/** What works everywhere, at a higher cost. */
export function readByEvents(socket: Socket, onRead: ReadCallback): void {
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += readBuffer.length) {
      onRead(chunk.copy(readBuffer, 0, at, at + readBuffer.length));
    }
  });
}

/** True when bytes come without stream events. */
export function readsDirectly(): boolean {
  return fields !== undefined;
}

interface Internals {
  [field: symbol]: unknown;
  readonly _handle?: { readonly useUserBuffer?: (buffer: Uint8Array) => void } | null;
}

const fields = findFields();

/** The fields that net.Socket keeps its option `onread` in; undefined when they are not where this code expects them. */
function findFields(): { readonly buffer: symbol; readonly callback: symbol } | undefined {
  const marker = Buffer.alloc(1);
  const callback = (): boolean => true;
  const probe = new Socket({ onread: { buffer: marker, callback } });
  const internals = probe as unknown as Internals;
  const symbols = Object.getOwnPropertySymbols(probe);
  const bufferField = symbols.find((symbol) => internals[symbol] === marker);
  const callbackField = symbols.find((symbol) => internals[symbol] === callback);
  probe.destroy();
  return bufferField && callbackField && { buffer: bufferField, callback: callbackField };
}
