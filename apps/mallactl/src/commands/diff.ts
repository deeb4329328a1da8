import { appliedCopyAnnotation, hasErrors, MallaError, type Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { collectionPath, displayName, objectPath, versionOf } from '../connection/resource-paths.ts';
import { Reported, UsageError } from '../failure.ts';
import { readManifests, type Manifest } from '../manifests/manifest-set.ts';
import { reportProblems } from '../manifests/report-problems.ts';
import { unifiedDiff } from '../output/line-diff.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { exitCodes } from '../terminal.ts';
import { withServer } from './connect.ts';
import { readHistory, type HistoryEntry } from './history.ts';
import { namedBy, oneTarget } from './one-target.ts';

export interface DiffOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly from?: number;
  readonly to?: number;
}

/** `diff`: files against the server, or two revisions of one resource. Exit code 1 when there is a difference, as diff(1). */
export async function diff(input: CommandInput<DiffOptions>): Promise<void> {
  const { args, options } = input;
  if ((options.filename === undefined) === (args.length === 0))
    throw new UsageError('give -f FILE, or one resource: KIND NAME or KIND/NAME');
  if (options.filename !== undefined && (options.from !== undefined || options.to !== undefined))
    throw new UsageError('-f excludes --from and --to');
  const differs = options.filename === undefined ? await diffRevisions(input) : await diffFiles(input);
  if (differs) throw new Reported(exitCodes.failed);
}

async function diffFiles({ options, terminal }: CommandInput<DiffOptions>): Promise<boolean> {
  return withServer(options, terminal, async (client, namespace) => {
    const { manifests, problems } = await readManifests(
      { sources: options.filename ?? [], recursive: options.recursive ?? false, namespace },
      terminal,
    );
    reportProblems(problems, terminal);
    if (hasErrors(problems)) throw new Reported(exitCodes.badData);
    let differs = false;
    for (const manifest of manifests) {
      const live = await find(client, manifest);
      const wanted = await tryOut(client, manifest, live);
      const name = displayName(manifest.definition, manifest.resource.metadata.name);
      const text = unifiedDiff(
        { before: shown(live), after: shown(wanted) },
        { before: `server/${name}`, after: `${manifest.file}/${name}` },
      );
      terminal.out(text);
      differs ||= text !== '';
    }
    return differs;
  });
}

async function find(client: ApiClient, { definition, namespace, resource }: Manifest): Promise<Resource | undefined> {
  try {
    return await client.get<Resource>(objectPath(definition, namespace, resource.metadata.name, versionOf(resource)));
  } catch (thrown) {
    if (MallaError.from(thrown).code === 'not_found') return undefined;
    throw thrown;
  }
}

/** The object as the server would store it. In a namespace that is not there yet, as it was sent. */
async function tryOut(
  client: ApiClient,
  { definition, namespace, resource }: Manifest,
  live: Resource | undefined,
): Promise<Resource> {
  const version = versionOf(resource);
  const target =
    live === undefined
      ? ({ method: 'POST', path: collectionPath(definition, namespace, version) } as const)
      : ({ method: 'PUT', path: objectPath(definition, namespace, resource.metadata.name, version) } as const);
  try {
    return (await client.send<Resource>({ ...target, query: { dryRun: 'All' }, body: resource })).body;
  } catch (thrown) {
    if (live === undefined && MallaError.from(thrown).code === 'not_found') return resource;
    throw thrown;
  }
}

/** YAML without what the server counts by itself and without the values of secrets. */
function shown(object: Resource | undefined): string {
  if (object === undefined) return '';
  const { name, namespace, labels, annotations: all } = object.metadata;
  const { [appliedCopyAnnotation]: copy, ...others } = all ?? {};
  // kubectl's own copy of a Secret holds its values.
  const annotations = copy !== undefined && object.kind === 'Secret' ? others : all;
  const metadata = { name, namespace, labels, annotations };
  const { apiVersion, kind, status: _, metadata: _metadata, ...payload } = object as Resource & { status?: unknown };
  return toYaml(
    JSON.parse(JSON.stringify({ apiVersion, kind, metadata, ...(kind === 'Secret' ? redacted(payload) : payload) })),
  );
}

/** Length and a few bits tell that a value changed, not what it is. */
function redacted(payload: Record<string, unknown>): Record<string, unknown> {
  const data = Object.entries((payload['data'] as Record<string, string> | undefined) ?? {});
  return {
    ...payload,
    data: Object.fromEntries(
      data.map(([key, value]) => [key, `(redacted, ${value.length} characters, checksum ${checksum(value)})`]),
    ),
  };
}

/** 16 bits of FNV-1a: too few to guess a value by. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193) >>> 0;
  return (hash & 0xffff).toString(16).padStart(4, '0');
}

async function diffRevisions({ args, options, terminal }: CommandInput<DiffOptions>): Promise<boolean> {
  const target = oneTarget(args);
  return withServer(options, terminal, async (client, namespace) => {
    const entries = await readHistory(client, target, { namespace, limit: 1000 });
    const to = options.to ?? entries[0]?.revision ?? 0;
    const from = options.from ?? entries.find((e) => e.revision < to)?.revision;
    if (from === undefined)
      throw new MallaError('not_found', `${displayName(target.definition, target.name)} has no revision before ${to}`);
    const query = { ...namedBy(target, namespace), from: String(from), to: String(to) };
    const { patch } = await client.get<{ patch: readonly unknown[] }>('/apis/malla.io/v1/diff', query);
    if (patch.length === 0) return false;
    const name = displayName(target.definition, target.name);
    const at = (revision: number) => shown(objectAt(entries, revision));
    const text = unifiedDiff(
      { before: at(from), after: at(to) },
      { before: `${name} revision ${from}`, after: `${name} revision ${to}` },
    );
    // Redacted values look alike in the history; the server's patch tells which of them changed.
    terminal.out(text === '' ? toJson(patch) : text);
    return true;
  });
}

function objectAt(entries: readonly HistoryEntry[], revision: number): Resource | undefined {
  const entry = entries.find((e) => e.revision <= revision);
  return entry === undefined || entry.operation === 'deleted' ? undefined : entry.object;
}
