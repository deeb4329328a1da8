import { kinds, type KindDefinition, type Resource } from '@malla/model';
import { matchesLabels, parseLabelSelector } from '@malla/store';
import { FakeRefusal } from './fake-kube-store.ts';

/** What a path of the API is about. */
export interface FakePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly definition: KindDefinition;
  /** Empty for all namespaces, and for what has none. */
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Reads a path such as `/apis/networking.istio.io/v1/namespaces/shop/gateways/edge/status`; undefined for kinds that are not served. */
export function readPath(pathname: string): FakePath | undefined {
  const parts = pathname.split('/').slice(1).map(decodeURIComponent);
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const [version = '', ...rest] = parts.slice(parts[0] === 'api' ? 1 : 2);
  const within = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' ? (rest[1] as string) : '';
  const [plural = '', name, subresource] = within === '' ? rest : rest.slice(2);
  const definition = kinds.find((kind) => kind.group === group && kind.plural === plural);
  if (!definition?.versions.includes(version)) return undefined;
  return { group, version, plural, definition, namespace: within, name, subresource };
}

/** Whether an object belongs to what a list or a watch asks for. */
export type FakeChoice = (object: Resource) => boolean;

/** By namespace, labels, and `metadata.name` or `metadata.namespace` as fields. */
export function choiceOf({ namespace }: FakePath, query: URLSearchParams): FakeChoice {
  const labels = query.get('labelSelector');
  const selector = labels === null ? undefined : parseLabelSelector(labels);
  const fields = (query.get('fieldSelector') ?? '').split(',').filter((each) => each !== '');
  return (object) =>
    (namespace === '' || object.metadata.namespace === namespace) &&
    (selector === undefined || matchesLabels(selector, object.metadata.labels)) &&
    fields.every((each) => matchesField(object, each));
}

function matchesField({ metadata }: Resource, text: string): boolean {
  const [field, value] = text.split('=');
  if (field === 'metadata.name') return metadata.name === value;
  if (field === 'metadata.namespace') return metadata.namespace === value;
  throw new FakeRefusal(400, 'BadRequest', `field label not supported: ${field}`);
}

/** Merges as a JSON merge patch does (RFC 7386). */
export function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
