import type { HttpMatch, StringMatch, TcpRoute, TlsRoute } from '@malla/model';
import { isSubsetOf } from '../values/hosts.ts';

type Match = Partial<StringMatch>;

/** Whether every text that `inner` accepts is accepted by `outer`. Regular expressions only when equal, or when outer takes everything. */
function coversString(
  outer: Match | undefined,
  inner: Match | undefined,
  fold: (text: string) => string = (t) => t,
): boolean {
  if (outer === undefined || Object.values(outer).every((v) => v === undefined))
    return outer === undefined || inner !== undefined;
  if (inner === undefined) return false;
  if (outer.exact !== undefined) return inner.exact !== undefined && fold(inner.exact) === fold(outer.exact);
  if (outer.regex !== undefined) return outer.regex === inner.regex || outer.regex === '.*';
  const start = inner.exact ?? inner.prefix;
  return start !== undefined && fold(start).startsWith(fold(outer.prefix as string));
}

function coversMap(
  outer: Readonly<Record<string, Match>> | undefined,
  inner: Readonly<Record<string, Match>> | undefined,
): boolean {
  return Object.entries(outer ?? {}).every(([name, match]) => coversString(match, inner?.[name]));
}

/** For conditions that must not hold: outer is weaker if it excludes less. */
function coversAbsence(
  outer: Readonly<Record<string, Match>> | undefined,
  inner: Readonly<Record<string, Match>> | undefined,
): boolean {
  return Object.entries(outer ?? {}).every(
    ([name, match]) => inner?.[name] !== undefined && coversString(inner[name], match),
  );
}

/** As Istio, which compares prefixes with prefixes: a single path after the prefix that it begins with is often written for clarity. */
function coversUri(outer: HttpMatch, inner: HttpMatch): boolean {
  if (outer.uri?.prefix !== undefined && inner.uri?.exact !== undefined) return false;
  if (outer.uri?.prefix === '/') return true;
  if (inner.ignoreUriCase === true && outer.ignoreUriCase !== true && outer.uri !== undefined) return false;
  return coversString(outer.uri, inner.uri, outer.ignoreUriCase === true ? (t) => t.toLowerCase() : undefined);
}

function coversLabels(
  outer: Readonly<Record<string, string>> | undefined,
  inner: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(outer ?? {}).every(([key, value]) => inner?.[key] === value);
}

/** Whether every request that `inner` matches is matched by `outer`. False when it cannot be told. */
export function covers(outer: HttpMatch, inner: HttpMatch): boolean {
  return (
    coversUri(outer, inner) &&
    coversString(outer.scheme, inner.scheme) &&
    coversString(outer.method, inner.method) &&
    coversString(outer.authority, inner.authority) &&
    coversMap(outer.headers, inner.headers) &&
    coversAbsence(outer.withoutHeaders, inner.withoutHeaders) &&
    coversMap(outer.queryParams, inner.queryParams) &&
    coversLabels(outer.sourceLabels, inner.sourceLabels) &&
    coversOrigin(outer, inner)
  );
}

interface Origin {
  readonly port?: number | undefined;
  readonly sourceNamespace?: string | undefined;
  readonly gateways?: readonly string[] | undefined;
}

function coversOrigin(outer: Origin, inner: Origin): boolean {
  return (
    (outer.port === undefined || outer.port === inner.port) &&
    (outer.sourceNamespace === undefined || outer.sourceNamespace === inner.sourceNamespace) &&
    coversList(outer.gateways, inner.gateways)
  );
}

/** Alternatives: the outer list must have all of the inner one. `same` compares an inner with an outer value. */
function coversList(
  outer: readonly string[] | undefined,
  inner: readonly string[] | undefined,
  same: (inner: string, outer: string) => boolean = (a, b) => a === b,
): boolean {
  if (outer === undefined || outer.length === 0) return true;
  if (inner === undefined || inner.length === 0) return false;
  return inner.every((value) => outer.some((other) => same(value, other)));
}

type StreamMatch = Partial<TlsRoute['match'][number] & NonNullable<TcpRoute['match']>[number]>;

/** As {@link covers}, for connections. Blocks of addresses are compared as texts. */
export function coversStream(outer: StreamMatch, inner: StreamMatch): boolean {
  return (
    coversList(outer.sniHosts, inner.sniHosts, isSubsetOf) &&
    coversList(outer.destinationSubnets, inner.destinationSubnets) &&
    coversLabels(outer.sourceLabels, inner.sourceLabels) &&
    (outer.sourceSubnet === undefined || outer.sourceSubnet === inner.sourceSubnet) &&
    coversOrigin(outer, inner)
  );
}
