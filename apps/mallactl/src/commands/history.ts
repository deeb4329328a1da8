import type { Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import { renderColumns } from '../output/table.ts';
import type { CommandInput } from '../command.ts';
import { withServer } from './connect.ts';
import { namedBy, oneTarget, type OneTarget } from './one-target.ts';

export interface HistoryOptions {
  readonly limit?: number;
  readonly output?: 'table' | 'json' | 'yaml';
}

/** One revision of a resource. Values of secrets are redacted by the server. */
export interface HistoryEntry {
  readonly revision: number;
  readonly operation: string;
  readonly author: string;
  readonly time: string;
  readonly changeId: string;
  readonly object: Resource;
}

/** Revisions of a resource, newest first. */
export async function readHistory(
  client: ApiClient,
  target: OneTarget,
  options: { readonly namespace: string; readonly limit?: number | undefined },
): Promise<readonly HistoryEntry[]> {
  const query = {
    ...namedBy(target, options.namespace),
    limit: options.limit === undefined ? undefined : String(options.limit),
  };
  return (await client.get<{ items: readonly HistoryEntry[] }>('/apis/malla.io/v1/history', query)).items;
}

/** `history`: who changed a resource when. */
export async function history({ args, options, terminal }: CommandInput<HistoryOptions>): Promise<void> {
  const target = oneTarget(args);
  await withServer(options, terminal, async (client, namespace) => {
    const items = await readHistory(client, target, { namespace, limit: options.limit });
    if (options.output === 'json') return terminal.out(toJson({ items }));
    if (options.output === 'yaml') return terminal.out(toYaml({ items }));
    const rows = items.map((e) => [String(e.revision), e.time, e.operation, e.author, e.changeId]);
    terminal.out(renderColumns(['REVISION', 'TIME', 'OPERATION', 'AUTHOR', 'CHANGE'], rows));
  });
}
