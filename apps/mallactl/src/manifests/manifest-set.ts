import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  errorAt,
  findKind,
  groupOf,
  hasErrors,
  MallaError,
  normalize,
  parseManifests,
  problemCodes,
  type FieldPath,
  type KindDefinition,
  type Position,
  type Problem,
  type Resource,
} from '@malla/model';
import { validateObject } from '@malla/validate';
import type { Terminal } from '../terminal.ts';

/** One object that a user wants on the server, and where each of its fields was written. */
export interface Manifest {
  readonly definition: KindDefinition;
  readonly resource: Resource;
  readonly namespace: string;
  readonly file: string;
  position(path: string | FieldPath): Position;
}

export interface ManifestSet {
  readonly manifests: readonly Manifest[];
  /** Every problem of every file, with file and position. */
  readonly problems: readonly Problem[];
  /** Files that were read, `-` for standard input. */
  readonly files: readonly string[];
}

export interface ReadParams {
  /** As given with -f: files, folders, `-`. */
  readonly sources: readonly string[];
  /** Also folders inside folders. */
  readonly recursive: boolean;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Set when the user named a namespace: objects of another one are then a mistake. */
  readonly onlyNamespace?: string;
  /** Whether one object may stand in several places: default false, since only one of them could be applied. */
  readonly allowRepeats?: boolean;
}

const extensions = new Set(['.yaml', '.yml', '.json']);

/** Reads and checks every object of all sources before anything is done with one. Throws `invalid` for files that cannot be read. */
export async function readManifests(params: ReadParams, terminal: Terminal): Promise<ManifestSet> {
  const files = params.sources.flatMap((source) => filesOf(source, params.recursive, terminal));
  const manifests: Manifest[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, Manifest>();
  for (const file of files) {
    const parsed = parseManifests(await textOf(file, terminal), { file });
    problems.push(...parsed.problems);
    for (const entry of parsed.resources) {
      const place = (found: readonly Problem[]) =>
        problems.push(...found.map((p) => ({ ...p, file, position: entry.position(p.path) })));
      const shape = validateObject(entry.resource);
      place(shape);
      const definition = findKind(groupOf(entry.resource.apiVersion), entry.resource.kind);
      if (hasErrors(shape) || definition === undefined) continue;
      const normal = normalize(entry.resource, { namespace: params.namespace });
      const manifest = {
        definition,
        resource: normal.resource,
        namespace: normal.resource.metadata.namespace ?? '',
        file,
        position: entry.position,
      };
      place([...normal.problems, ...checkPlace(manifest, params, seen)]);
      manifests.push(manifest);
    }
  }
  return { manifests, problems, files };
}

function checkPlace(
  manifest: Manifest,
  { onlyNamespace, allowRepeats }: ReadParams,
  seen: Map<string, Manifest>,
): Problem[] {
  const { definition, resource, namespace, file } = manifest;
  const key = [definition.group, definition.kind, namespace, resource.metadata.name].join('/');
  const before = seen.get(key);
  seen.set(key, manifest);
  if (before !== undefined && allowRepeats !== true) {
    const where = `${before.file}:${before.position('metadata.name').line}`;
    return [
      errorAt(
        problemCodes.schema,
        'metadata.name',
        `${definition.kind} ${resource.metadata.name} was already given at ${where}`,
        file === before.file ? 'remove one' : 'keep one',
      ),
    ];
  }
  if (onlyNamespace === undefined || !definition.namespaced || namespace === onlyNamespace) return [];
  return [
    errorAt(
      problemCodes.schema,
      'metadata.namespace',
      `is ${namespace}, but --namespace is ${onlyNamespace}`,
      'leave one of them out',
    ),
  ];
}

function filesOf(source: string, recursive: boolean, terminal: Terminal): string[] {
  if (source === '-') return ['-'];
  const absolute = path.resolve(terminal.cwd, source);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) throw new MallaError('invalid', `${source}: no such file or folder`);
  if (!stats.isDirectory()) return [source];
  const found = readdirSync(absolute, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = path.join(source, entry.name);
      if (entry.isDirectory()) return recursive ? filesOf(inside, true, terminal) : [];
      return extensions.has(path.extname(entry.name)) ? [inside] : [];
    });
  if (found.length === 0 && !recursive)
    throw new MallaError(
      'invalid',
      `${source}: no .yaml, .yml or .json files in this folder; -R also looks in folders inside`,
    );
  return found;
}

async function textOf(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readStdin();
  try {
    return readFileSync(path.resolve(terminal.cwd, file), 'utf8');
  } catch (thrown) {
    throw new MallaError('invalid', `cannot read ${file}: ${thrown instanceof Error ? thrown.message : ''}`);
  }
}
