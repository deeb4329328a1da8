import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** Below this, nothing of the system listens by itself on a usual machine. */
const lowest = 20_000;

/**
 * Ports on loopback that nobody uses now, all different: they are held together before any is given back. They are below those
 * that the system gives to outgoing connections, which could take one before its process listens.
 */
export async function freePorts(count: number): Promise<number[]> {
  const highest = firstEphemeral();
  const held: Server[] = [];
  const ports: number[] = [];
  while (ports.length < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = await listen(port);
    if (server === undefined) continue;
    held.push(server);
    ports.push(port);
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The first port of outgoing connections. Source: ip-sysctl, ip_local_port_range; 32768 where it does not read. */
function firstEphemeral(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    return first > lowest + 1000 ? first : 65_536;
  } catch {
    return 32_768;
  }
}

/** A server that holds the port, or nothing when somebody else does. */
function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
