import { createServer } from 'node:net';

/**
 * Ports of 127.0.0.1 that nobody listens on, all different. They are free when this returns: a program that can listen on port 0 should
 * do so instead. They lie below the range from which the system takes ports for outgoing connections, and every process looks in a
 * block of its own first, so that nobody takes one before the program that it is meant for comes up.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > lastPort - firstPort)
      throw new Error(`fewer than ${count} free ports between ${firstPort} and ${lastPort}`);
    const port = nextCandidate();
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** One such port. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number;
}

/** Linux takes ports for outgoing connections from 32768 on. */
const firstPort = 10_000;
const lastPort = 31_999;
const blockSize = 200;
const blocks = (lastPort + 1 - firstPort) / blockSize;
let candidate = firstPort + (process.pid % blocks) * blockSize;

function nextCandidate(): number {
  candidate = candidate >= lastPort ? firstPort : candidate + 1;
  return candidate;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
