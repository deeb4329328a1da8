import { kinds, nearest, type KindDefinition } from '@malla/model';
import { httpError } from './api-status.ts';

/** What a path of the Kubernetes API names: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
export interface RequestPath {
  readonly definition: KindDefinition;
  readonly version: string;
  /** Undefined: all namespaces, or a cluster-scoped kind. */
  readonly namespace: string | undefined;
  /** Undefined for a collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** The deprecated `/watch/` form. */
  readonly watch: boolean;
}

/** Reads `/api/v1/...` and `/apis/<group>/<version>/...`. Throws `not_found` for what is not served. */
export function parseRequestPath(path: string): RequestPath {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const core = parts[0] === 'api';
  const group = core ? '' : (parts[1] ?? '');
  const version = parts[core ? 1 : 2] ?? '';
  let rest = parts.slice(core ? 2 : 3);
  const watch = rest[0] === 'watch';
  if (watch) rest = rest.slice(1);
  const { namespace, tail } = splitNamespace(rest);
  const [plural = '', name, subresource, ...more] = tail;
  const definition = findServed(group, version, plural);
  if (more.length > 0 || (namespace !== undefined && !definition.namespaced)) throw notServed(path);
  if (definition.namespaced && namespace === undefined && name !== undefined) throw notServed(path);
  return { definition, version, namespace, name, subresource, watch };
}

/** `namespaces/shop/virtualservices/...` has a namespace; `namespaces/shop` and `namespaces/shop/status` are about one. */
function splitNamespace(rest: readonly string[]): { namespace: string | undefined; tail: readonly string[] } {
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize';
  return isNamespaced ? { namespace: rest[1], tail: rest.slice(2) } : { namespace: undefined, tail: rest };
}

function findServed(group: string, version: string, plural: string): KindDefinition {
  const inGroup = kinds.filter((kind) => kind.group === group && kind.versions.includes(version));
  const found = inGroup.find((kind) => kind.plural === plural);
  if (found !== undefined) return found;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  if (inGroup.length === 0)
    throw missing(`${groupVersion} is not served; served are ${servedGroupVersions().join(', ')}`);
  const hint = nearest(
    plural,
    inGroup.map((kind) => kind.plural),
  );
  throw missing(
    `the server has no resource "${plural}" in ${groupVersion}${hint === undefined ? '' : `; did you mean "${hint}"?`}`,
  );
}

/** `v1` and `group/version` of everything in the registry. */
export function servedGroupVersions(): readonly string[] {
  const all = kinds.flatMap((kind) =>
    kind.versions.map((version) => (kind.group === '' ? version : `${kind.group}/${version}`)),
  );
  return [...new Set(all)];
}

function notServed(path: string) {
  return missing(`the server could not find ${path}`);
}

function missing(message: string) {
  return httpError('not_found', message, { reason: 'NotFound' });
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw missing('the path is not well-formed');
  }
}
