import { noHeaderEdits, type HeaderEditsIr, type HeaderOperationsIr } from '@malla/ir';
import type { HeaderEdits } from '@malla/model';

type Operations = NonNullable<HeaderEdits['request']>;

/** Header edits, and the Host header they ask for, which is no ordinary header. */
export interface ResolvedHeaders {
  readonly edits: HeaderEditsIr;
  readonly hostRewrite?: string;
}

/** Edits of one route or one destination. Names are lower case and sorted; pseudo-headers other than the authority cannot be edited. */
export function resolveHeaders(headers: HeaderEdits | undefined): ResolvedHeaders {
  if (headers === undefined) return { edits: noHeaderEdits };
  const hostRewrite = authorityOf(headers.request?.set) ?? authorityOf(headers.request?.add);
  return {
    edits: { request: operations(headers.request), response: operations(headers.response) },
    ...(hostRewrite === undefined ? {} : { hostRewrite }),
  };
}

function operations(written: Operations | undefined): HeaderOperationsIr {
  return {
    set: pairs(written?.set),
    add: pairs(written?.add),
    remove: (written?.remove ?? []).map((name) => name.toLowerCase()).filter((name) => !isInternal(name)),
  };
}

function pairs(written: Operations['set']): (readonly [string, string])[] {
  return Object.entries(written ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !isInternal(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function authorityOf(written: Operations['set']): string | undefined {
  return Object.entries(written ?? {}).find(([name]) => ['host', ':authority'].includes(name.toLowerCase()))?.[1];
}

function isInternal(name: string): boolean {
  return name.startsWith(':') || name === 'host';
}
