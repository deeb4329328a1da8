import { MallaError, type KindDefinition, type Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { collectionPath, displayName, objectPath, readTargets, type Targets } from '../connection/resource-paths.ts';
import { messageOf, Reported, UsageError } from '../failure.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import { withoutManagers } from '../output/without-managers.ts';
import { ResourceTable, tableType, type ServerTable } from '../output/resource-table.ts';
import type { CommandInput } from '../command.ts';
import { exitCodes } from '../terminal.ts';
import { withServer } from './connect.ts';
import { watchKind, type WatchParams } from './watch-kind.ts';

export interface GetOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly watch?: boolean;
  readonly headers?: boolean;
  readonly output?: 'table' | 'wide' | 'json' | 'yaml' | 'name';
}

/** `get`: shows resources. Names that are not there are reported after those that are; the exit code is then 1. */
export async function get(input: CommandInput<GetOptions>): Promise<void> {
  const { args, options, terminal } = input;
  const targets = readTargets(args);
  if (targets.names.length > 0 && options.selector !== undefined)
    throw new UsageError('names and --selector exclude each other');
  if (targets.names.length > 0 && options.allNamespaces === true)
    throw new UsageError('a name is of one namespace: leave out -A');
  await withServer(options, terminal, async (client, namespace) => {
    const scope: Scope = { client, input, namespace: options.allNamespaces === true ? undefined : namespace, targets };
    if (options.watch === true) {
      return watchKind({
        client,
        terminal,
        request: watchRequest(scope),
        table: newTable(scope, watchedKind(targets)),
        ...options,
      });
    }
    const { output = 'table' } = options;
    if (output === 'table' || output === 'wide') return printTables(scope);
    await printObjects(scope);
  });
}

interface Scope {
  readonly client: ApiClient;
  readonly input: CommandInput<GetOptions>;
  /** Undefined for all. */
  readonly namespace: string | undefined;
  readonly targets: Targets;
}

function query({ input }: Scope) {
  return { labelSelector: input.options.selector };
}

/** A watch is of one kind, or of one object. */
function watchedKind({ names, definitions }: Targets): KindDefinition {
  const [definition, ...others] = names.length > 0 ? names.map((n) => n.definition) : definitions;
  if (definition === undefined || others.length > 0) throw new UsageError('--watch takes one kind, or one name');
  return definition;
}

function watchRequest(scope: Scope): WatchParams['request'] {
  const definition = watchedKind(scope.targets);
  const name = scope.targets.names[0]?.name;
  const fieldSelector = name === undefined ? undefined : `metadata.name=${name}`;
  return { definition, path: collectionPath(definition, scope.namespace), query: { ...query(scope), fieldSelector } };
}

async function printObjects(scope: Scope): Promise<void> {
  const { client, targets, input, namespace } = scope;
  const objects: { definition: KindDefinition; object: Resource }[] = [];
  for (const definition of targets.names.length > 0 ? [] : targets.definitions) {
    const list = await client.get<{ apiVersion: string; kind: string; items: Resource[] }>(
      collectionPath(definition, namespace),
      query(scope),
    );
    const typed = (object: Resource) => ({
      definition,
      object: {
        ...withoutManagers(object),
        apiVersion: object.apiVersion ?? list.apiVersion,
        kind: object.kind ?? definition.kind,
      },
    });
    objects.push(...list.items.map(typed));
  }
  const missing = await eachName(scope, async (definition, path) => {
    objects.push({ definition, object: withoutManagers(await client.get<Resource>(path)) });
  });
  const { output } = input.options;
  const single = targets.names.length === 1 && objects.length === 1;
  const data = single
    ? objects[0]?.object
    : { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects.map((o) => o.object) };
  if (output === 'name')
    for (const { definition, object } of objects)
      input.terminal.out(`${displayName(definition, object.metadata.name)}\n`);
  else if (!single && missing > 0 && objects.length === 0) throw new Reported(exitCodes.failed);
  else input.terminal.out(output === 'yaml' ? toYaml(data) : toJson(data));
  if (missing > 0) throw new Reported(exitCodes.failed);
}

async function printTables(scope: Scope): Promise<void> {
  const { client, targets, input, namespace } = scope;
  const tables: { definition: KindDefinition; table: ResourceTable }[] = [];
  const add = (definition: KindDefinition, answer: ServerTable) => {
    let known = tables.find((t) => t.definition === definition);
    if (known === undefined) tables.push((known = { definition, table: newTable(scope, definition) }));
    known.table.add(answer);
  };
  for (const definition of targets.names.length > 0 ? [] : targets.definitions) {
    const { body } = await client.send<ServerTable>({
      path: collectionPath(definition, namespace),
      query: query(scope),
      accept: tableType,
    });
    add(definition, body);
  }
  const missing = await eachName(scope, async (definition, path) =>
    add(definition, (await client.send<ServerTable>({ path, accept: tableType })).body),
  );
  const filled = tables.filter(({ table }) => !table.empty);
  input.terminal.out(filled.map(({ table }) => table.render(input.options.headers !== false)).join('\n'));
  if (filled.length === 0 && missing === 0)
    input.terminal.err(`no resources found${namespace === undefined ? '' : ` in namespace ${namespace}`}\n`);
  if (missing > 0) throw new Reported(exitCodes.failed);
}

function newTable({ input, namespace, targets }: Scope, definition: KindDefinition): ResourceTable {
  const qualified = targets.definitions.length > 1 || new Set(targets.names.map((n) => n.definition)).size > 1;
  return new ResourceTable({
    wide: input.options.output === 'wide',
    withNamespace: namespace === undefined && definition.namespaced,
    prefix: qualified ? displayName(definition, '') : '',
  });
}

/** Asks for each name; a missing one is reported and counted, any other failure ends the command. */
async function eachName(
  { targets, namespace, input }: Scope,
  ask: (definition: KindDefinition, path: string) => Promise<void>,
): Promise<number> {
  let missing = 0;
  for (const { definition, name } of targets.names) {
    try {
      await ask(definition, objectPath(definition, namespace ?? 'default', name));
    } catch (thrown) {
      if (MallaError.from(thrown).code !== 'not_found') throw thrown;
      const where = definition.namespaced ? ` in namespace ${namespace}` : '';
      input.terminal.err(
        `error: ${messageOf(thrown)}${where}; mallactl get ${definition.plural} lists what is there\n`,
      );
      missing++;
    }
  }
  return missing;
}
