import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findKind, groupOf, parseManifests, type KindDefinition, type Resource } from '@malla/model';

/** A rich valid object, or several, of every kind: the fixtures of `@malla/validate`. */
const ownFolder = fileURLToPath(new URL('../../../validate/test/valid', import.meta.url));

/** Of the corpus (MALLA_CORPUS): what Gateway API and Istio show and refuse. */
const corpusFolders = ['gateway-api-examples', 'gateway-api-invalid', 'istio-samples', 'validation'];

/** An object from a file. */
export interface Fixture {
  /** Its file and its name. */
  readonly what: string;
  readonly definition: KindDefinition;
  /** Without a namespace and a status. */
  readonly object: Resource;
}

/** Objects of known kinds and served versions in files: our own, and those of the corpus where there is one. */
export function fixtures(): readonly Fixture[] {
  const corpus = process.env['MALLA_CORPUS'] ?? '';
  const folders = [ownFolder, ...(corpus === '' ? [] : corpusFolders.map((name) => join(corpus, name)))];
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .flatMap((file) => fixturesOf(join(folder, file), file)),
  );
}

function fixturesOf(path: string, file: string): readonly Fixture[] {
  return parseManifests(readFileSync(path, 'utf8')).resources.flatMap(({ resource }) => {
    const { apiVersion, kind, metadata } = resource;
    const definition = findKind(groupOf(apiVersion), kind);
    if (!definition?.versions.some((version) => apiVersion.endsWith(`/${version}`))) return [];
    const { namespace, uid, resourceVersion, ...rest } = metadata;
    void [namespace, uid, resourceVersion];
    const { status, _err, ...object } = { ...resource, metadata: rest } as Resource;
    void [status, _err];
    return [{ what: `${file} ${metadata.name}`, definition, object: object as Resource }];
  });
}
