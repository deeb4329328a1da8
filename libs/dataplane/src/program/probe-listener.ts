import { createServer } from 'node:net';
import type { Address, ListenerConfig } from '@malla/proxy-config';

/**
 * Whether a listener's addresses could be bound; undefined when they could, else Envoy's words. For a listener that is not put to work yet, so that its
 * refusal comes with the answer to its configuration. The sockets are open for a moment only.
 */
export async function probeListener({ addresses, bindToPort }: ListenerConfig): Promise<string | undefined> {
  if (!bindToPort) return undefined;
  for (const address of addresses) {
    if (address.kind !== 'tcp' || address.port === 0) continue;
    const problem = await probe(address);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function probe({ address, port }: Extract<Address, { kind: 'tcp' }>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => resolve(bindProblem({ address, port }, error)));
    server.listen({ host: address, port, exclusive: true, reusePort: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EACCES: 'Permission denied',
  EAFNOSUPPORT: 'Address family not supported by protocol',
};

/** Envoy's words for a socket that cannot be bound; the agent knows them. */
export function bindProblem(
  { address, port }: { readonly address: string; readonly port: number },
  error: NodeJS.ErrnoException,
): string {
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return `cannot bind '${where}': ${reasons[error.code ?? ''] ?? error.message}`;
}
