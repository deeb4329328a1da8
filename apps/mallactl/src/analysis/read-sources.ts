import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { allAnalyzers, ignoredNamespaces, kindRefOf, kindRefs, clusterKinds } from '@malla/analyze';
import {
  findKind,
  groupOf,
  MallaError,
  parseManifests,
  type ManifestEntry,
  type Problem,
  type Resource,
} from '@malla/model';
import type { Terminal } from '../terminal.ts';

/** What the user's files say. */
export interface FileResources {
  /** With the default namespace where they name none, and their entries, which know the places of fields. */
  readonly resources: ReadonlyMap<Resource, ManifestEntry>;
  /** `-` for standard input. */
  readonly files: readonly string[];
  /** Documents that could not be read. */
  readonly problems: readonly Problem[];
  /** Kinds that neither Malla nor analysis knows, with the number of their objects. */
  readonly unknownKinds: ReadonlyMap<string, number>;
}

const extensions = ['.json', '.yaml', '.yml'];

const readKinds = new Set<string>(allAnalyzers.flatMap((analyzer) => analyzer.inputs));

/** Reads files, folders with everything inside them, and standard input (`-`). Throws `invalid` for what is not there. */
export async function readSources(
  sources: readonly string[],
  defaultNamespace: string,
  terminal: Terminal,
): Promise<FileResources> {
  const files = sources.flatMap((source) => filesOf(source, terminal));
  const resources = new Map<Resource, ManifestEntry>();
  const problems: Problem[] = [];
  const unknownKinds = new Map<string, number>();
  for (const file of files) {
    const parsed = parseManifests(await textOf(file, terminal), { file });
    problems.push(...parsed.problems);
    for (const entry of parsed.resources) {
      const { apiVersion, kind } = entry.resource;
      const ref = kindRefOf(entry.resource);
      if (!readKinds.has(ref) && findKind(groupOf(apiVersion), kind) === undefined) {
        unknownKinds.set(kind, (unknownKinds.get(kind) ?? 0) + 1);
        continue;
      }
      const resource = clusterKinds.has(ref) ? entry.resource : inNamespace(entry.resource, defaultNamespace);
      const namespace = ref === kindRefs.namespace ? resource.metadata.name : resource.metadata.namespace;
      if (!ignoredNamespaces.has(namespace ?? '')) resources.set(resource, entry);
    }
  }
  return { resources, files, problems, unknownKinds };
}

function inNamespace(resource: Resource, namespace: string): Resource {
  if (namespace === '' || (resource.metadata.namespace ?? '') !== '') return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace } };
}

function filesOf(source: string, terminal: Terminal): string[] {
  if (source === '-') return ['-'];
  const absolute = path.resolve(terminal.cwd, source);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) throw new MallaError('invalid', `${source}: no such file or folder`);
  if (stats.isDirectory())
    return readdirSync(absolute)
      .sort()
      .flatMap((name) => filesOf(path.join(source, name), terminal));
  if (extensions.includes(path.extname(source))) return [source];
  terminal.err(`Skipping file ${source}, recognized file extensions are: ${extensions.join(' ')}\n`);
  return [];
}

async function textOf(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readStdin();
  try {
    return readFileSync(path.resolve(terminal.cwd, file), 'utf8');
  } catch (thrown) {
    throw new MallaError('invalid', `cannot read ${file}: ${thrown instanceof Error ? thrown.message : ''}`);
  }
}
