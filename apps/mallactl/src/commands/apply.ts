import { hasErrors, MallaError, type Problem, type Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { collectionPath, displayName, objectPath, versionOf } from '../connection/resource-paths.ts';
import type { StatusDetails } from '../connection/status-error.ts';
import { messageOf, Reported, exitCodeOf } from '../failure.ts';
import { readManifests, type Manifest } from '../manifests/manifest-set.ts';
import { countProblems, reportProblems } from '../manifests/report-problems.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { withServer } from './connect.ts';

export interface ApplyOptions {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly dryRun?: 'client' | 'server';
  readonly output?: 'name' | 'json' | 'yaml';
}

/** Kinds that others refer to come first, so that traffic never meets a reference to what is not there yet. */
const order = [
  'Namespace',
  'Secret',
  'Service',
  'WorkloadEntry',
  'DestinationRule',
  'VirtualService',
  'PeerAuthentication',
  'AuthorizationPolicy',
];

/** What became of an object. */
interface Outcome {
  readonly manifest: Manifest;
  readonly verb: 'created' | 'configured' | 'unchanged';
  readonly object: Resource;
}

/** `apply`: checks everything here, then everything on the server, and only then writes, in the order of {@link order}. */
export async function apply({ options, terminal }: CommandInput<ApplyOptions>): Promise<void> {
  if (options.dryRun === 'client') {
    const manifests = await validManifests(options, options.namespace ?? 'default', terminal);
    return print(
      manifests.map((manifest) => ({ manifest, verb: 'configured', object: manifest.resource })),
      options,
      terminal,
    );
  }
  await withServer(options, terminal, async (client, namespace) => {
    const manifests = await validManifests(options, namespace, terminal);
    const applier = new Applier(client, terminal);
    const tried = await applier.tryAll(manifests);
    print(options.dryRun === 'server' ? tried : await applier.writeAll(manifests), options, terminal);
  });
}

/** All objects of the files in the order of writing. Reports and throws when any of them has an error. */
async function validManifests(
  options: ApplyOptions & { readonly namespace?: string },
  namespace: string,
  terminal: Terminal,
): Promise<readonly Manifest[]> {
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
  return manifests.toSorted((a, b) => order.indexOf(a.definition.kind) - order.indexOf(b.definition.kind));
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

/** Most times that a write is tried anew because others create or delete the object meanwhile. */
const maxTries = 3;

class Applier {
  readonly #client: ApiClient;
  readonly #terminal: Terminal;

  constructor(client: ApiClient, terminal: Terminal) {
    this.#client = client;
    this.#terminal = terminal;
  }

  /** Asks the server about every object without writing. Reports all refusals and throws; nothing was written then. */
  async tryAll(manifests: readonly Manifest[]): Promise<readonly Outcome[]> {
    const missing = await this.#missingNamespaces(manifests);
    const outcomes: Outcome[] = [];
    const failures: { manifest: Manifest; thrown: unknown }[] = [];
    for (const manifest of manifests) {
      if (missing.has(manifest.namespace)) {
        // The namespace comes with this very set: the server cannot try what is inside before it is there.
        outcomes.push({ manifest, verb: 'created', object: manifest.resource });
        continue;
      }
      try {
        outcomes.push(await this.#write(manifest, true));
      } catch (thrown) {
        if (MallaError.from(thrown).code === 'unavailable') throw thrown;
        failures.push({ manifest, thrown });
      }
    }
    for (const { manifest, thrown } of failures) this.#report(manifest, thrown);
    if (failures.length > 0) {
      this.#terminal.err(`the server refused ${failures.length} of ${manifests.length}; nothing was applied\n`);
      throw new Reported(Math.max(...failures.map((f) => exitCodeOf(f.thrown))));
    }
    return outcomes;
  }

  /** Writes every object. A failure here is rare (something changed since it was tried): says what was written and what was not. */
  async writeAll(manifests: readonly Manifest[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const manifest of manifests) {
      try {
        outcomes.push(await this.#write(manifest, false));
      } catch (thrown) {
        print(outcomes, { filename: [] }, this.#terminal);
        this.#report(manifest, thrown);
        this.#terminal.err(
          `${outcomes.length} of ${manifests.length} were applied (listed above); apply again when the cause is mended\n`,
        );
        throw new Reported(exitCodeOf(thrown));
      }
    }
    return outcomes;
  }

  /** Namespaces that the set brings and the server does not have yet. */
  async #missingNamespaces(manifests: readonly Manifest[]): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    for (const { definition, resource } of manifests.filter((m) => m.definition.kind === 'Namespace')) {
      if ((await this.#find(objectPath(definition, '', resource.metadata.name))) === undefined)
        missing.add(resource.metadata.name);
    }
    return missing;
  }

  async #write(manifest: Manifest, dryRun: boolean): Promise<Outcome> {
    const { definition, resource, namespace } = manifest;
    const version = versionOf(resource);
    const path = objectPath(definition, namespace, resource.metadata.name, version);
    const query = { dryRun: dryRun ? 'All' : undefined, fieldManager: 'mallactl' };
    for (let attempt = 1; ; attempt++) {
      try {
        const before = await this.#find(path);
        const target =
          before === undefined
            ? ({ method: 'POST', path: collectionPath(definition, namespace, version) } as const)
            : ({ method: 'PUT', path } as const);
        const { body, warnings } = await this.#client.send<Resource>({ ...target, query, body: resource });
        if (dryRun)
          for (const warning of warnings) this.#terminal.err(`${this.#place(manifest, '')}warning ${warning}\n`);
        const same = before !== undefined && before.metadata.resourceVersion === body.metadata.resourceVersion;
        return { manifest, verb: before === undefined ? 'created' : same ? 'unchanged' : 'configured', object: body };
      } catch (thrown) {
        const { code } = MallaError.from(thrown);
        const raced = code === 'already_exists' || (code === 'not_found' && attempt > 1);
        if (!raced || attempt >= maxTries) throw thrown;
      }
    }
  }

  async #find(path: string): Promise<Resource | undefined> {
    try {
      return await this.#client.get<Resource>(path);
    } catch (thrown) {
      if (MallaError.from(thrown).code === 'not_found') return undefined;
      throw thrown;
    }
  }

  /** One line per field that the server refused, at its place in the file; one line otherwise. */
  #report(manifest: Manifest, thrown: unknown): void {
    const causes = (MallaError.from(thrown).details as StatusDetails | undefined)?.causes ?? [];
    const label = displayName(manifest.definition, manifest.resource.metadata.name);
    if (causes.length === 0)
      return this.#terminal.err(`${this.#place(manifest, '')}error ${label}: ${messageOf(thrown)}\n`);
    for (const { field, message } of causes)
      this.#terminal.err(`${this.#place(manifest, field)}error ${label}: ${field}: ${message}\n`);
  }

  #place(manifest: Manifest, field: Problem['path']): string {
    const { line, column } = manifest.position(field);
    return `${manifest.file === '-' ? '<stdin>' : manifest.file}:${line}:${column}: `;
  }
}
