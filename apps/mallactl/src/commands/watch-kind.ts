import { setTimeout as sleep } from 'node:timers/promises';
import { MallaError, type KindDefinition, type Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { displayName } from '../connection/resource-paths.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import { withoutManagers } from '../output/without-managers.ts';
import { tableType, type ResourceTable, type ServerTable } from '../output/resource-table.ts';
import type { Terminal } from '../terminal.ts';

export interface WatchParams {
  readonly client: ApiClient;
  readonly terminal: Terminal;
  readonly request: {
    readonly definition: KindDefinition;
    readonly path: string;
    readonly query: Readonly<Record<string, string | undefined>>;
  };
  readonly table: ResourceTable;
  readonly headers?: boolean;
  readonly output?: 'table' | 'wide' | 'json' | 'yaml' | 'name';
}

/** An event of a watch: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

interface List {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items?: readonly Resource[];
}

/** Wait before a watch that the server ended goes on, in milliseconds. */
const reconnectMs = 500;

/**
 * Prints the present state and then each change, until interrupted. A watch that the server ends goes on after the last event; when
 * the server no longer has that revision, it begins anew with the present state.
 */
export async function watchKind(params: WatchParams): Promise<void> {
  const { client, terminal, request } = params;
  const printer = new Printer(params);
  let revision: string | undefined;
  while (!terminal.signal.aborted) {
    revision ??= await present(params, printer);
    const query = { ...request.query, resourceVersion: revision, allowWatchBookmarks: 'true' };
    try {
      for await (const event of client.watch<WatchEvent>({ path: request.path, query, accept: printer.accept })) {
        if (event.type === 'ERROR') throw errorOfEvent(event.object);
        revision = (event.object as List).metadata?.resourceVersion ?? revision;
        if (event.type !== 'BOOKMARK') printer.event(event.object, event.type === 'DELETED');
      }
    } catch (thrown) {
      if (MallaError.from(thrown).code !== 'expired') throw thrown;
      revision = undefined;
    }
    await sleep(reconnectMs, undefined, { signal: terminal.signal }).catch(() => undefined);
  }
}

/** Prints what is there now; the revision that it is of. */
async function present({ client, request }: WatchParams, printer: Printer): Promise<string> {
  const { body } = await client.send<List>({ path: request.path, query: request.query, accept: printer.accept });
  printer.list(body);
  return body.metadata?.resourceVersion ?? '0';
}

function errorOfEvent(object: unknown): MallaError {
  const { code, message = 'the server ended the watch' } = object as { code?: number; message?: string };
  return new MallaError(code === 410 ? 'expired' : 'unavailable', message);
}

class Printer {
  readonly accept: string;
  readonly #params: WatchParams;
  readonly #tabular: boolean;
  #headers: boolean;

  constructor(params: WatchParams) {
    const { output = 'table', headers = true } = params;
    this.#params = params;
    this.#tabular = output === 'table' || output === 'wide';
    this.accept = this.#tabular ? tableType : 'application/json';
    this.#headers = headers;
  }

  list(answer: List): void {
    if (this.#tabular) this.#rows(answer as ServerTable, false);
    else for (const item of answer.items ?? []) this.#object(item);
  }

  event(object: unknown, deleted: boolean): void {
    if (this.#tabular) this.#rows(object as ServerTable, deleted);
    else this.#object(object as Resource);
  }

  #rows(table: ServerTable, deleted: boolean): void {
    if ((table.rows ?? table.items ?? []).length === 0 && table.metadata?.name === undefined) return;
    this.#params.terminal.out(this.#params.table.renderNext(table, { headers: this.#headers, deleted }));
    this.#headers = false;
  }

  #object(object: Resource): void {
    const { output, request, terminal } = this.#params;
    const shown = withoutManagers(object);
    if (output === 'yaml') terminal.out(`---\n${toYaml(shown)}`);
    else if (output === 'name') terminal.out(`${displayName(request.definition, object.metadata.name)}\n`);
    else terminal.out(toJson(shown));
  }
}
