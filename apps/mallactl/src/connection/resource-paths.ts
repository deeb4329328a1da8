import { findKindByAnyName, didYouMean, groupOf, kinds, type KindDefinition, type Resource } from '@malla/model';
import { UsageError } from '../failure.ts';

/** The collection of a kind; without a namespace across all of them. */
export function collectionPath(
  definition: KindDefinition,
  namespace?: string,
  version = definition.versions[0],
): string {
  const root = definition.group === '' ? `/api/${version}` : `/apis/${definition.group}/${version}`;
  const scope = definition.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${definition.plural}`;
}

export function objectPath(
  definition: KindDefinition,
  namespace: string,
  name: string,
  version = definition.versions[0],
): string {
  return `${collectionPath(definition, namespace, version)}/${encodeURIComponent(name)}`;
}

/** Version part of an apiVersion. */
export function versionOf(resource: Resource): string {
  return groupOf(resource.apiVersion) === ''
    ? resource.apiVersion
    : resource.apiVersion.slice(resource.apiVersion.indexOf('/') + 1);
}

/** `virtualservice.networking.istio.io/reviews`, as kubectl names objects. */
export function displayName(definition: KindDefinition, name: string): string {
  return `${definition.singular}${definition.group === '' ? '' : `.${definition.group}`}/${name}`;
}

/** The kind that a word means. Throws a UsageError with the nearest names. */
export function kindOf(word: string): KindDefinition {
  const found = findKindByAnyName(word);
  if (found !== undefined) return found;
  const hint =
    didYouMean(
      word,
      kinds.flatMap((k) => [k.plural, k.singular]),
    ) ?? `known: ${kinds.map((k) => k.plural).join(', ')}`;
  throw new UsageError(`"${word}" is not a kind; ${hint}`);
}

/** What `KIND [NAME ...]` or `KIND/NAME ...` on the command line means. */
export interface Targets {
  readonly definitions: readonly KindDefinition[];
  readonly names: readonly { readonly definition: KindDefinition; readonly name: string }[];
}

/** Reads `vs`, `vs,dr`, `vs reviews ratings`, `vs/reviews svc/ratings` and `all`. */
export function readTargets(words: readonly string[]): Targets {
  const [first = '', ...rest] = words;
  if (words.some((w) => w.includes('/'))) return { definitions: [], names: words.map(readSlashed) };
  const definitions = first === 'all' ? kinds : first.split(',').map(kindOf);
  if (rest.length > 0 && definitions.length > 1)
    throw new UsageError('names need one kind; write KIND/NAME for each instead');
  const [definition] = definitions;
  return { definitions, names: rest.map((name) => ({ definition: definition as KindDefinition, name })) };
}

function readSlashed(word: string): { definition: KindDefinition; name: string } {
  const [kind = '', name = '', ...more] = word.split('/');
  if (name === '' || more.length > 0) throw new UsageError(`"${word}" is not KIND/NAME`);
  return { definition: kindOf(kind), name };
}
