import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { findKind, groupOf, parseManifests } from '@malla/model';

/** One object of the corpus. */
export interface CorpusCase {
  /** File, kind and name. */
  readonly name: string;
  readonly file: string;
  /** Whether Malla knows the kind. */
  readonly known: boolean;
  readonly object: object;
  /** Why Istio refuses it, as far as its tests say. */
  readonly reason: string | undefined;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? filesBelow(file) : /\.ya?ml$/.test(file) ? [file] : [];
  });
}

/**
 * The objects of the files below a folder of the corpus; without a corpus (an empty name) there are none. What is no object with a kind
 * and a name is left out: values, templates, broken YAML.
 */
export function corpusCases(
  corpus: string,
  folder: string,
  wanted: (file: string) => boolean = () => true,
): CorpusCase[] {
  if (corpus === '') return [];
  return filesBelow(path.join(corpus, folder))
    .filter(wanted)
    .flatMap((file) =>
      parseManifests(readFileSync(file, 'utf8')).resources.map(({ resource }) => {
        const { _err: reason, ...object } = resource;
        const { apiVersion, kind, metadata } = resource;
        return {
          name: `${path.relative(corpus, file)} ${kind} ${metadata.name}`,
          file,
          known: findKind(groupOf(apiVersion), kind) !== undefined,
          object,
          reason: reason as string | undefined,
        };
      }),
    );
}
