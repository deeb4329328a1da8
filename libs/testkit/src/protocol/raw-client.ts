import { connect } from 'node:net';

/** What came back on a connection. */
export interface RawAnswer {
  /** Everything, one character per byte. */
  readonly text: string;
  /** Status codes of all responses, told by their status lines. */
  readonly statuses: readonly number[];
  /** The proxy ended the connection. */
  readonly closed: boolean;
}

/** Sends bytes on a connection of their own, part by part, and takes what comes until the proxy closes or is quiet for `quietMs` (default 250). */
export function sendRaw(
  port: number,
  parts: readonly (string | Buffer)[],
  { quietMs = 250, pauseMs = 0 }: { readonly quietMs?: number; readonly pauseMs?: number } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let quiet: NodeJS.Timeout | undefined;
    const finish = (closed: boolean): void => {
      clearTimeout(quiet);
      socket.destroy();
      const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, code]) => Number(code));
      resolve({ text, statuses, closed });
    };
    const wait = (): void => {
      clearTimeout(quiet);
      quiet = setTimeout(() => finish(false), quietMs);
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      wait();
    });
    socket.on('end', () => finish(true));
    socket.on('error', () => finish(true));
    socket.on('connect', () => void sendParts());
    async function sendParts(): Promise<void> {
      for (const [index, part] of parts.entries()) {
        if (index > 0 && pauseMs > 0) await new Promise((done) => setTimeout(done, pauseMs));
        if (socket.writable) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
      }
      wait();
    }
  });
}
