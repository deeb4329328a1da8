import { describeProblem, hasErrors, MallaError, parseDuration, type Problem, type Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { collectionPath, displayName, objectPath, versionOf } from '../connection/resource-paths.ts';
import type { StatusDetails } from '../connection/status-error.ts';
import { exitCodeOf, messageOf, Reported, UsageError } from '../failure.ts';
import { readManifests, type Manifest } from '../manifests/manifest-set.ts';
import { countProblems, placeOf, reportProblems } from '../manifests/report-problems.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { withServer } from './connect.ts';
import { waitAcknowledged } from './wait-acknowledged.ts';

export interface ApplyOptions {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly dryRun?: 'client' | 'server';
  readonly output?: 'name' | 'json' | 'yaml';
  /** How long to wait for acknowledgements, as a duration; true for {@link defaultWaitMs}. */
  readonly wait?: string | true;
}

const defaultWaitMs = 30_000;

/** Kinds that others refer to come first, so that traffic never meets a reference to what is not there yet. */
const order = [
  'Namespace',
  'Secret',
  'Service',
  'ServiceEntry',
  'WorkloadEntry',
  'DestinationRule',
  'Gateway',
  'VirtualService',
  'PeerAuthentication',
  'AuthorizationPolicy',
];

/** Place of a kind in the order of writing; those that nothing is known of come last. */
function rankOf({ definition: { kind } }: Manifest): number {
  return order.includes(kind) ? order.indexOf(kind) : order.length;
}

/** What became of an object. */
interface Outcome {
  readonly manifest: Manifest;
  readonly verb: 'created' | 'configured' | 'unchanged';
  readonly object: Resource;
}

/** `apply`: checks everything here, then everything on the server, and only then writes, in the order of {@link order}. */
export async function apply({ options, terminal }: CommandInput<ApplyOptions>): Promise<void> {
  if (options.wait !== undefined) waitMs(options.wait);
  if (options.dryRun === 'client') {
    const { manifests } = await validManifests(options, options.namespace ?? 'default', terminal);
    return print(
      manifests.map((manifest) => ({ manifest, verb: 'configured', object: manifest.resource })),
      options,
      terminal,
    );
  }
  await withServer(options, terminal, async (client, namespace) => {
    const { manifests, warnings } = await validManifests(options, namespace, terminal);
    const applier = new Applier(client, terminal, warnings);
    const tried = await applier.tryAll(manifests);
    if (options.dryRun === 'server') applier.warn(tried);
    if (options.dryRun === 'server') return print(tried, options, terminal);
    const written = await applier.writeAll(tried);
    print(written, options, terminal);
    if (options.wait === undefined) return;
    const revision = Math.max(...written.map((o) => Number(o.object.metadata.resourceVersion ?? 0)));
    await waitAcknowledged({ client, terminal, revision, timeoutMs: waitMs(options.wait) });
  });
}

function waitMs(wait: string | true): number {
  const ms = wait === true ? defaultWaitMs : parseDuration(wait);
  if (ms === undefined || ms <= 0) throw new UsageError(`--wait takes a duration such as 30s, not "${String(wait)}"`);
  return ms;
}

/** All objects of the files in the order of writing, and the warnings that were given. Reports and throws when any of them has an error. */
async function validManifests(
  options: ApplyOptions & { readonly namespace?: string },
  namespace: string,
  terminal: Terminal,
): Promise<{ readonly manifests: readonly Manifest[]; readonly warnings: readonly Problem[] }> {
  const { filename, recursive = false } = options;
  const only = options.namespace === undefined ? {} : { onlyNamespace: options.namespace };
  const { manifests, problems, files } = await readManifests(
    { sources: filename, recursive, namespace, ...only },
    terminal,
  );
  reportProblems(problems, terminal);
  if (hasErrors(problems)) {
    terminal.err(`${countProblems(problems)}; nothing was applied\n`);
    throw new Reported(exitCodes.badData);
  }
  if (manifests.length === 0) throw new MallaError('invalid', `${files.join(', ')}: no resources in there`);
  const inOrder = manifests.toSorted((a, b) => rankOf(a) - rankOf(b));
  return { manifests: inOrder, warnings: problems };
}

function print(outcomes: readonly Outcome[], { dryRun, output }: ApplyOptions, terminal: Terminal): void {
  const objects = outcomes.map((o) => o.object);
  const data = objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
  if (output === 'json') return terminal.out(toJson(data));
  if (output === 'yaml') return terminal.out(toYaml(data));
  const suffix = dryRun === undefined ? '' : dryRun === 'client' ? ' (dry run)' : ' (server dry run)';
  for (const { manifest, verb } of outcomes) {
    const name = displayName(manifest.definition, manifest.resource.metadata.name);
    terminal.out(output === 'name' ? `${name}\n` : `${name} ${verb}${suffix}\n`);
  }
}

/** An outcome with what the next step needs. */
interface Tried extends Outcome {
  readonly warnings: readonly string[];
  /** The object on the server before; undefined if there was none. */
  readonly before: Resource | undefined;
}

/** Requests at once while everything is tried. */
const concurrency = 8;

/** Maps with several at once, results in the order of items; the first failure ends it. */
async function mapConcurrently<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await map(items[i] as T);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

/** Most times that a write is tried anew because others create or delete the object meanwhile. */
const maxTries = 3;

class Applier {
  readonly #client: ApiClient;
  readonly #terminal: Terminal;
  /** Warnings that the user has read already, with their places. */
  readonly #told: ReadonlySet<string>;

  /** @param warnings those that were given before the server was asked; it finds most of them too */
  constructor(client: ApiClient, terminal: Terminal, warnings: readonly Problem[]) {
    this.#client = client;
    this.#terminal = terminal;
    this.#told = new Set(warnings.map((problem) => placeOf(problem) + describeProblem(problem)));
  }

  /** Asks the server about every object without writing. Reports all refusals and throws; nothing was written then. */
  async tryAll(manifests: readonly Manifest[]): Promise<readonly Tried[]> {
    const missing = await this.#missingNamespaces(manifests);
    const failures: { manifest: Manifest; thrown: unknown }[] = [];
    const tried = await mapConcurrently(manifests, async (manifest): Promise<Tried | undefined> => {
      // The namespace comes with this very set: the server cannot try what is inside before it is there.
      if (missing.has(manifest.namespace))
        return { manifest, verb: 'created', object: manifest.resource, warnings: [], before: undefined };
      try {
        return await this.#write(manifest, { dryRun: true, before: await this.#find(manifest) });
      } catch (thrown) {
        if (MallaError.from(thrown).code === 'unavailable') throw thrown;
        failures.push({ manifest, thrown });
        return undefined;
      }
    });
    for (const { manifest, thrown } of failures) this.#report(manifest, thrown);
    if (failures.length > 0) {
      this.#terminal.err(`the server refused ${failures.length} of ${manifests.length}; nothing was applied\n`);
      throw new Reported(Math.max(...failures.map((f) => exitCodeOf(f.thrown))));
    }
    return tried.filter((t) => t !== undefined);
  }

  /** Writes every object. A failure here is rare (something changed since it was tried): says what was written and what was not. */
  async writeAll(tried: readonly Tried[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { manifest, before } of tried) {
      try {
        const written = await this.#write(manifest, { dryRun: false, before });
        this.warn([written]);
        outcomes.push(written);
      } catch (thrown) {
        print(outcomes, { filename: [] }, this.#terminal);
        this.#report(manifest, thrown);
        this.#terminal.err(
          `${outcomes.length} of ${tried.length} were applied (listed above); apply again when the cause is mended\n`,
        );
        throw new Reported(exitCodeOf(thrown));
      }
    }
    return outcomes;
  }

  /** Prints the server's warnings, each at the place in the file that it is about. */
  warn(tried: readonly Tried[]): void {
    for (const { manifest, warnings } of tried) {
      for (const warning of warnings) {
        const field = /^([^\s:]+): /.exec(warning)?.[1] ?? '';
        const place = this.#place(manifest, field);
        // Findings of analysis have their code behind them there.
        const told = this.#told.has(place + warning.replace(/ \((IST|MAL)\d+\)$/, ''));
        if (!told) this.#terminal.err(`${place}warning ${warning}\n`);
      }
    }
  }

  /** Namespaces that the set brings and the server does not have yet. */
  async #missingNamespaces(manifests: readonly Manifest[]): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    for (const manifest of manifests.filter((m) => m.definition.kind === 'Namespace')) {
      if ((await this.#find(manifest)) === undefined) missing.add(manifest.resource.metadata.name);
    }
    return missing;
  }

  async #write(
    manifest: Manifest,
    options: { readonly dryRun: boolean; readonly before: Resource | undefined },
  ): Promise<Tried> {
    const { definition, resource, namespace } = manifest;
    const version = versionOf(resource);
    const query = { dryRun: options.dryRun ? 'All' : undefined, fieldManager: 'mallactl' };
    let { before } = options;
    for (let attempt = 1; ; attempt++) {
      try {
        const target =
          before === undefined
            ? ({ method: 'POST', path: collectionPath(definition, namespace, version) } as const)
            : ({ method: 'PUT', path: objectPath(definition, namespace, resource.metadata.name, version) } as const);
        const { body, warnings } = await this.#client.send<Resource>({ ...target, query, body: resource });
        const same = before !== undefined && before.metadata.resourceVersion === body.metadata.resourceVersion;
        return {
          manifest,
          verb: before === undefined ? 'created' : same ? 'unchanged' : 'configured',
          object: body,
          warnings,
          before,
        };
      } catch (thrown) {
        // Others created or deleted it since it was looked for.
        const raced = MallaError.from(thrown).code === (before === undefined ? 'already_exists' : 'not_found');
        if (!raced || attempt >= maxTries) throw thrown;
        before = await this.#find(manifest);
      }
    }
  }

  async #find({ definition, namespace, resource }: Manifest): Promise<Resource | undefined> {
    try {
      return await this.#client.get<Resource>(
        objectPath(definition, namespace, resource.metadata.name, versionOf(resource)),
      );
    } catch (thrown) {
      if (MallaError.from(thrown).code === 'not_found') return undefined;
      throw thrown;
    }
  }

  /** One line per field that the server refused, at its place in the file; one line otherwise. */
  #report(manifest: Manifest, thrown: unknown): void {
    const causes = (MallaError.from(thrown).details as StatusDetails | undefined)?.causes ?? [];
    const label = displayName(manifest.definition, manifest.resource.metadata.name);
    const hint =
      MallaError.from(thrown).code === 'not_found' ? '; create its namespace first, or give it in the same files' : '';
    if (causes.length === 0)
      return this.#terminal.err(`${this.#place(manifest, '')}error ${label}: ${messageOf(thrown)}${hint}\n`);
    for (const { field, message } of causes)
      this.#terminal.err(`${this.#place(manifest, field)}error ${label}: ${field}: ${message}\n`);
  }

  #place(manifest: Manifest, field: Problem['path']): string {
    const { line, column } = manifest.position(field);
    return `${manifest.file === '-' ? '<stdin>' : manifest.file}:${line}:${column}: `;
  }
}
