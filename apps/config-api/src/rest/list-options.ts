import { parseLabelSelector, type LabelSelector, type ResourceKey } from '@malla/store';
import { MallaError } from '@malla/model';
import { badRequest } from './api-status.ts';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The query of a list, watch or deletion of a collection. */
export interface ListOptions {
  readonly selector: LabelSelector | undefined;
  /** From `fieldSelector`. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly limit: number | undefined;
  readonly page: Page | undefined;
  readonly watch: boolean;
  /** Undefined: the newest state. */
  readonly resourceVersion: number | undefined;
  readonly bookmarks: boolean;
  /** Begin with the whole state, also with a resourceVersion. */
  readonly initialEvents: boolean;
  /** Milliseconds. */
  readonly timeoutMs: number | undefined;
}

/** Where a list goes on. */
export interface Page {
  readonly revision: number;
  readonly after: ResourceKey;
}

export function readListOptions(query: Query): ListOptions {
  const labels = one(query, 'labelSelector');
  const limit = wholeNumber(query, 'limit');
  const token = one(query, 'continue');
  const timeout = wholeNumber(query, 'timeoutSeconds');
  const version = wholeNumber(query, 'resourceVersion');
  return {
    selector: labels === undefined ? undefined : parseLabelSelector(labels),
    ...readFieldSelector(one(query, 'fieldSelector')),
    limit: limit === 0 ? undefined : limit,
    page: token === undefined ? undefined : readPage(token),
    watch: isTrue(query, 'watch'),
    // 0 means "any state will do", which the newest one is.
    resourceVersion: version === 0 ? undefined : version,
    bookmarks: isTrue(query, 'allowWatchBookmarks'),
    initialEvents: isTrue(query, 'sendInitialEvents'),
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
  };
}

/** True for `dryRun=All`; any other value is refused. */
export function readDryRun(query: Query): boolean {
  const values = [query['dryRun'] ?? []].flat();
  const other = values.find((value) => value !== 'All');
  if (other !== undefined) throw badRequest(`dryRun must be All, not "${other}"`);
  return values.length > 0;
}

export function writePage({ revision, after }: Page): string {
  return Buffer.from(JSON.stringify([1, revision, after.group, after.kind, after.namespace, after.name])).toString(
    'base64url',
  );
}

export function readPage(token: string): Page {
  try {
    const [form, revision, group, kind, namespace, name] = JSON.parse(
      Buffer.from(token, 'base64url').toString(),
    ) as unknown[];
    const texts = [group, kind, namespace, name].every((text) => typeof text === 'string');
    if (form === 1 && typeof revision === 'number' && texts)
      return { revision, after: { group, kind, namespace, name } as ResourceKey };
  } catch {
    // Not one of ours: the same answer as below.
  }
  throw badRequest('the continue token is not one that this server gave');
}

/** One value of a parameter; undefined if it is missing or empty. */
export function one(query: Query, name: string): string | undefined {
  const value = query[name];
  const text = Array.isArray(value) ? (value[0] as string | undefined) : (value as string | undefined);
  return text === '' ? undefined : text;
}

/** A parameter that is a number without sign. */
export function wholeNumber(query: Query, name: string): number | undefined {
  const text = one(query, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a whole number, not "${text.slice(0, 40)}"`);
  return Number(text);
}

function isTrue(query: Query, name: string): boolean {
  return ['true', '1'].includes(one(query, name) ?? '');
}

/** Every kind can be chosen by name and namespace; other fields are refused, as Kubernetes does for custom kinds. */
function readFieldSelector(text: string | undefined): { name: string | undefined; namespace: string | undefined } {
  let name: string | undefined;
  let namespace: string | undefined;
  for (const part of (text ?? '').split(',').filter((each) => each !== '')) {
    const [, field, value] = /^([^=!]+)==?(.*)$/.exec(part) ?? [];
    if (field === 'metadata.name') name = value;
    else if (field === 'metadata.namespace') namespace = value;
    else
      throw new MallaError(
        'invalid',
        `field selector "${part}" is not supported; use metadata.name=x or metadata.namespace=x`,
      );
  }
  return { name, namespace };
}
