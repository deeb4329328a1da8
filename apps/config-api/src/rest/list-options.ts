import { parseLabelSelector, type LabelSelector, type ResourceKey } from '@malla/store';
import type { KindDefinition } from '@malla/model';
import { badRequest } from './api-status.ts';
import { parseFieldSelector, type FieldSelector } from './field-selector.ts';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The query of a list, watch or deletion of a collection. */
export interface ListOptions {
  readonly selector: LabelSelector | undefined;
  readonly fields: FieldSelector | undefined;
  readonly limit: number | undefined;
  readonly page: Page | undefined;
  readonly watch: boolean;
  /** Undefined: the newest state. */
  readonly resourceVersion: number | undefined;
  readonly match: 'Exact' | 'NotOlderThan' | undefined;
  readonly bookmarks: boolean;
  /** Begin a watch with the whole state, or only with what follows; undefined: the state if there is no resourceVersion. */
  readonly initialEvents: boolean | undefined;
  /** Milliseconds. */
  readonly timeoutMs: number | undefined;
}

/** Where a list goes on. */
export interface Page {
  /** 0: at the newest state, for a list that may be inconsistent. */
  readonly revision: number;
  readonly after: ResourceKey;
}

export function readListOptions(query: Query, definition: KindDefinition, forWatch = false): ListOptions {
  const labels = one(query, 'labelSelector');
  const fields = one(query, 'fieldSelector');
  const limit = wholeNumber(query, 'limit');
  const token = one(query, 'continue');
  const timeout = wholeNumber(query, 'timeoutSeconds');
  const version = wholeNumber(query, 'resourceVersion');
  const watch = forWatch || isTrue(query, 'watch');
  const initialEvents = one(query, 'sendInitialEvents');
  const match = readMatch(query, { watch, hasToken: token !== undefined, version });
  if (!watch && initialEvents !== undefined) throw badRequest('sendInitialEvents is forbidden for list');
  if (initialEvents !== undefined && match !== 'NotOlderThan')
    throw badRequest('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  return {
    selector: labels === undefined ? undefined : parseLabelSelector(labels),
    fields: fields === undefined ? undefined : parseFieldSelector(fields, definition),
    limit: limit === 0 ? undefined : limit,
    page: token === undefined ? undefined : readPage(token),
    watch,
    // 0 means "any state will do", which the newest one is.
    resourceVersion: version === 0 ? undefined : version,
    match,
    bookmarks: isTrue(query, 'allowWatchBookmarks'),
    initialEvents: initialEvents === undefined ? undefined : isTrue(query, 'sendInitialEvents'),
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
  };
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list */
function readMatch(
  query: Query,
  { watch, hasToken, version }: { watch: boolean; hasToken: boolean; version: number | undefined },
): ListOptions['match'] {
  const match = one(query, 'resourceVersionMatch');
  if (hasToken && version !== undefined && version !== 0)
    throw badRequest('specifying resource version is not allowed when using continue');
  if (match === undefined) return undefined;
  if (match !== 'Exact' && match !== 'NotOlderThan')
    throw badRequest(`resourceVersionMatch must be Exact or NotOlderThan, not "${match.slice(0, 40)}"`);
  if (watch && one(query, 'sendInitialEvents') === undefined)
    throw badRequest('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (watch) return match;
  if (hasToken) throw badRequest('resourceVersionMatch is forbidden when continue is provided');
  if (version === undefined) throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && version === 0)
    throw badRequest('resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
  return match;
}

/** True for `dryRun=All`; any other value is refused. */
export function readDryRun(query: Query): boolean {
  const values = [query['dryRun'] ?? []].flat().filter((value) => value !== '');
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
    if (form === 1 && Number.isSafeInteger(revision) && (revision as number) >= 0 && texts)
      return { revision: revision as number, after: { group, kind, namespace, name } as ResourceKey };
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

/** True for `true` and `1`. */
export function isTrue(query: Query, name: string): boolean {
  return ['true', '1'].includes(one(query, name) ?? '');
}
