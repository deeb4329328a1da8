import { ApiClient } from '../connection/api-client.ts';
import { findServer } from '../connection/server-address.ts';
import type { GlobalOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

/** Runs with a client of the configured server, and closes it after. */
export async function withServer<T>(
  options: GlobalOptions,
  terminal: Terminal,
  use: (client: ApiClient, namespace: string) => Promise<T>,
): Promise<T> {
  const client = new ApiClient(findServer(options, terminal), terminal.signal);
  try {
    return await use(client, options.namespace ?? client.namespace);
  } finally {
    client.close();
  }
}
