import { hasErrors, MallaError, type KindDefinition, type Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { collectionPath, displayName, objectPath, readTargets } from '../connection/resource-paths.ts';
import { messageOf, Reported, UsageError } from '../failure.ts';
import { readManifests } from '../manifests/manifest-set.ts';
import { reportProblems } from '../manifests/report-problems.ts';
import type { CommandInput } from '../command.ts';
import { exitCodes } from '../terminal.ts';
import { withServer } from './connect.ts';

export interface DeleteOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly dryRun?: 'client' | 'server';
  readonly all?: boolean;
  readonly ignoreNotFound?: boolean;
}

interface Target {
  readonly definition: KindDefinition;
  readonly namespace: string;
  readonly name: string;
}

/** `delete`: tries every target; what is missing is reported, and the exit code is then 1. */
export async function deleteResources(input: CommandInput<DeleteOptions>): Promise<void> {
  const { options, terminal } = input;
  checkUsage(input);
  await withServer(options, terminal, async (client, namespace) => {
    const targets =
      options.filename === undefined
        ? await namedTargets(input, client, namespace)
        : await fileTargets(input, namespace);
    if (targets.length === 0) terminal.err(`no resources found in namespace ${namespace}\n`);
    let missing = 0;
    for (const target of targets) {
      try {
        await remove(client, target, options);
        const suffix = options.dryRun === undefined ? '' : ` (${options.dryRun === 'server' ? 'server ' : ''}dry run)`;
        terminal.out(`${displayName(target.definition, target.name)} deleted${suffix}\n`);
      } catch (thrown) {
        if (MallaError.from(thrown).code !== 'not_found') throw thrown;
        if (options.ignoreNotFound === true) continue;
        terminal.err(
          `error: ${messageOf(thrown)}${target.definition.namespaced ? ` in namespace ${target.namespace}` : ''}\n`,
        );
        missing++;
      }
    }
    if (missing > 0) throw new Reported(exitCodes.failed);
  });
}

function checkUsage({ args, options }: CommandInput<DeleteOptions>): void {
  const ways = [options.filename !== undefined, args.length > 0].filter(Boolean).length;
  if (ways !== 1)
    throw new UsageError('name what to delete: KIND NAME ..., KIND/NAME ..., KIND -l LABELS, KIND --all, or -f FILE');
  const choosing = options.selector !== undefined || options.all === true;
  if (options.filename !== undefined) {
    if (choosing) throw new UsageError('-f excludes --selector and --all');
    return;
  }
  const { names } = readTargets(args);
  if (names.length > 0 && choosing) throw new UsageError('names exclude --selector and --all');
  if (names.length === 0 && !choosing) throw new UsageError('give names, --selector or --all');
}

async function namedTargets(
  { args, options }: CommandInput<DeleteOptions>,
  client: ApiClient,
  namespace: string,
): Promise<Target[]> {
  const { definitions, names } = readTargets(args);
  if (names.length > 0) return names.map((n) => ({ ...n, namespace }));
  const lists = definitions.map(async (definition) => {
    const list = await client.get<{ items: Resource[] }>(collectionPath(definition, namespace), {
      labelSelector: options.selector,
    });
    return list.items.map(({ metadata }) => ({ definition, namespace, name: metadata.name }));
  });
  return (await Promise.all(lists)).flat();
}

/** The objects of files, last first: what others refer to goes last. */
async function fileTargets({ options, terminal }: CommandInput<DeleteOptions>, namespace: string): Promise<Target[]> {
  const { manifests, problems } = await readManifests(
    { sources: options.filename ?? [], recursive: options.recursive ?? false, namespace },
    terminal,
  );
  const errors = problems.filter((p) => p.level === 'error');
  reportProblems(errors, terminal);
  if (hasErrors(errors)) {
    terminal.err('nothing was deleted\n');
    throw new Reported(exitCodes.badData);
  }
  return manifests
    .map((m) => ({ definition: m.definition, namespace: m.namespace, name: m.resource.metadata.name }))
    .toReversed();
}

async function remove(
  client: ApiClient,
  { definition, namespace, name }: Target,
  { dryRun }: DeleteOptions,
): Promise<void> {
  const path = objectPath(definition, namespace, name);
  if (dryRun === 'client') await client.get(path);
  else await client.send({ method: 'DELETE', path, query: { dryRun: dryRun === 'server' ? 'All' : undefined } });
}
