import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PredicateIr, ValueMatch } from '@malla/ir';
import type { PermissionSchema, PrincipalSchema } from '@malla/protos/gen/envoy/config/rbac/v3/rbac_pb';
import { quoteRegex, stringMatcher } from '../wire/string-matcher.ts';

type Permission = MessageInitShape<typeof PermissionSchema>;
type Principal = MessageInitShape<typeof PrincipalSchema>;

/** Where an authorization is enforced. */
export interface RbacContext {
  /** Network filters know no methods, paths and headers. */
  readonly layer: 'http' | 'network';
  /** The workload's port (targetPort) behind the filter; undefined when the connection alone tells (passthrough). */
  readonly port: number | undefined;
}

/** Attributes of the request, which the network layer does not have. */
export function isHttpOnly({ attribute }: PredicateIr): boolean {
  return attribute.kind === 'method' || attribute.kind === 'path' || attribute.kind === 'header';
}

/** Attributes of the peer, which Envoy takes as principals. */
export function isPeer({ attribute }: PredicateIr): boolean {
  return attribute.kind === 'principal' || attribute.kind === 'namespace';
}

/** A predicate about the peer, or about anything that Envoy also takes there. */
export function principal(predicate: PredicateIr, context: RbacContext): Principal {
  const { attribute, negated } = predicate;
  const found =
    attribute.kind === 'port'
      ? constantPrincipal(portHolds(predicate, fixedPort(context)))
      : {
          identifier: { case: 'orIds' as const, value: { ids: predicate.anyOf.map((m) => principalOf(attribute, m)) } },
        };
  return negated ? { identifier: { case: 'notId', value: found } } : found;
}

/** A predicate about the request or the connection. */
export function permission(predicate: PredicateIr, context: RbacContext): Permission {
  const { attribute, negated } = predicate;
  const found = { rule: { case: 'orRules' as const, value: { rules: alternatives(predicate, context) } } };
  if (attribute.kind === 'principal' || attribute.kind === 'namespace') {
    throw new Error('a predicate about the peer can only be a condition of `from` or `when`');
  }
  return negated ? { rule: { case: 'notRule', value: found } } : found;
}

/** Matches everything or nothing. */
export function constantPrincipal(holds: boolean): Principal {
  const any: Principal = { identifier: { case: 'any', value: true } };
  return holds ? any : { identifier: { case: 'notId', value: any } };
}

/** Matches everything or nothing. */
export function constantPermission(holds: boolean): Permission {
  const any: Permission = { rule: { case: 'any', value: true } };
  return holds ? any : { rule: { case: 'notRule', value: any } };
}

function alternatives(predicate: PredicateIr, context: RbacContext): Permission[] {
  const { attribute, anyOf } = predicate;
  if (attribute.kind === 'port' && context.port !== undefined) {
    return [constantPermission(portHolds(predicate, context.port))];
  }
  return anyOf.map((match) => permissionOf(attribute, match));
}

function permissionOf(attribute: PredicateIr['attribute'], match: ValueMatch): Permission {
  switch (attribute.kind) {
    case 'method':
      return { rule: { case: 'header', value: headerMatcher(':method', match) } };
    case 'header':
      return { rule: { case: 'header', value: headerMatcher(attribute.name, match) } };
    case 'path':
      return { rule: { case: 'urlPath', value: pathMatcher(match) } };
    case 'port':
      return capturedPort(match);
    case 'principal':
    case 'namespace':
      throw new Error(`${attribute.kind} is no permission`);
  }
}

function principalOf(attribute: PredicateIr['attribute'], match: ValueMatch): Principal {
  switch (attribute.kind) {
    case 'principal':
      return authenticated(spiffeMatch(match));
    case 'namespace':
      return authenticated({ kind: 'regex', value: `spiffe://[^/]+/ns/${namespaceRegex(match)}/.+` });
    case 'method':
      return { identifier: { case: 'header', value: headerMatcher(':method', match) } };
    case 'header':
      return { identifier: { case: 'header', value: headerMatcher(attribute.name, match) } };
    case 'path':
      return { identifier: { case: 'urlPath', value: pathMatcher(match) } };
    case 'port':
      throw new Error('port is decided beforehand');
  }
}

/** Envoy takes the first URI SAN of the peer's certificate. */
function authenticated(match: ValueMatch): Principal {
  return { identifier: { case: 'authenticated', value: { principalName: stringMatcher(match) } } };
}

/** Policies write principals without `spiffe://`. */
function spiffeMatch(match: ValueMatch): ValueMatch {
  switch (match.kind) {
    case 'exact':
    case 'prefix':
      return { kind: match.kind, value: `spiffe://${match.value}` };
    case 'suffix':
      return { kind: 'regex', value: `spiffe://.*${quoteRegex(match.value)}` };
    case 'regex':
      return { kind: 'regex', value: `spiffe://(?:${match.value})` };
    case 'present':
      return { kind: 'regex', value: 'spiffe://.+' };
  }
}

function namespaceRegex(match: ValueMatch): string {
  switch (match.kind) {
    case 'exact':
      return quoteRegex(match.value);
    case 'prefix':
      return `${quoteRegex(match.value)}[^/]*`;
    case 'suffix':
      return `[^/]*${quoteRegex(match.value)}`;
    case 'regex':
      return `(?:${match.value})`;
    case 'present':
      return '[^/]+';
  }
}

function headerMatcher(name: string, match: ValueMatch) {
  return match.kind === 'present'
    ? { name, headerMatchSpecifier: { case: 'presentMatch' as const, value: true } }
    : { name, headerMatchSpecifier: { case: 'stringMatch' as const, value: stringMatcher(match) } };
}

/** The path without query and fragment, as Envoy normalised it. */
function pathMatcher(match: ValueMatch) {
  return { rule: { case: 'path' as const, value: stringMatcher(match) } };
}

/** With the original destination restored, the connection's own port is the workload's. */
function capturedPort(match: ValueMatch): Permission {
  if (match.kind === 'present') return constantPermission(true);
  if (match.kind !== 'exact') throw new Error('ports of captured connections are matched exactly');
  return { rule: { case: 'destinationPort', value: Number(match.value) } };
}

function fixedPort({ port }: RbacContext): number {
  if (port === undefined) throw new Error('a predicate about the port can only be a condition of `to` or `when`');
  return port;
}

/** Whether a port is among the alternatives; negation is the caller's. */
function portHolds({ anyOf }: PredicateIr, port: number): boolean {
  return anyOf.some((match) => textMatches(match, String(port)));
}

function textMatches(match: ValueMatch, text: string): boolean {
  switch (match.kind) {
    case 'exact':
      return match.value === text;
    case 'prefix':
      return text.startsWith(match.value);
    case 'suffix':
      return text.endsWith(match.value);
    case 'present':
      return true;
    case 'regex':
      throw new Error('ports are not matched by regular expressions');
  }
}
