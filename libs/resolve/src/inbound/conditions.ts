import type { AttributeIr, PredicateIr, ValueMatch } from '@malla/ir';
import type { AuthorizationRule } from '@malla/model';
import { expandPrincipals } from './principals.ts';
import { resolveNamespace, resolvePath, resolveValue } from './value-match.ts';

type Source = NonNullable<AuthorizationRule['from']>[number]['source'];
type Operation = NonNullable<AuthorizationRule['to']>[number]['operation'];
type Condition = NonNullable<AuthorizationRule['when']>[number];

/** One attribute with the values that must and those that must not occur. */
interface Field {
  readonly attribute: AttributeIr;
  readonly values: readonly string[] | undefined;
  readonly notValues: readonly string[] | undefined;
  readonly resolve: (value: string) => ValueMatch;
}

/** What a source asks for; all must hold. */
export function sourcePredicates(source: Source, trustDomains: readonly string[]): readonly PredicateIr[] {
  if (source === undefined) return [];
  return [
    ...predicates(principalField(source.principals, source.notPrincipals, trustDomains)),
    ...predicates({
      attribute: { kind: 'namespace' },
      values: source.namespaces,
      notValues: source.notNamespaces,
      resolve: resolveNamespace,
    }),
  ];
}

/** What an operation asks for; all must hold. */
export function operationPredicates(operation: Operation = {}): readonly PredicateIr[] {
  return [
    ...predicates({
      attribute: { kind: 'method' },
      values: operation.methods,
      notValues: operation.notMethods,
      resolve: resolveValue,
    }),
    ...predicates({
      attribute: { kind: 'path' },
      values: operation.paths,
      notValues: operation.notPaths,
      resolve: resolvePath,
    }),
    ...predicates({
      attribute: { kind: 'port' },
      values: operation.ports,
      notValues: operation.notPorts,
      resolve: exactly,
    }),
  ];
}

/** What a condition asks for; undefined for a key that is not known. */
export function conditionPredicates(
  { key, values, notValues }: Condition,
  trustDomains: readonly string[],
): readonly PredicateIr[] | undefined {
  const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1];
  if (header !== undefined)
    return predicates({
      attribute: { kind: 'header', name: header.toLowerCase() },
      values,
      notValues,
      resolve: resolveValue,
    });
  switch (key) {
    case 'source.principal':
      return predicates(principalField(values, notValues, trustDomains));
    case 'source.namespace':
      return predicates({ attribute: { kind: 'namespace' }, values, notValues, resolve: resolveNamespace });
    case 'destination.port':
      return predicates({ attribute: { kind: 'port' }, values, notValues, resolve: exactly });
    default:
      return undefined;
  }
}

/** Whether an attribute exists only where requests are parsed. */
export function isHttpOnly({ attribute }: PredicateIr): boolean {
  return attribute.kind === 'method' || attribute.kind === 'path' || attribute.kind === 'header';
}

function principalField(values: Field['values'], notValues: Field['values'], trustDomains: readonly string[]): Field {
  const expanded = (written: Field['values']) =>
    written === undefined ? undefined : expandPrincipals(written, trustDomains);
  return {
    attribute: { kind: 'principal' },
    values: expanded(values),
    notValues: expanded(notValues),
    resolve: resolveValue,
  };
}

function exactly(value: string): ValueMatch {
  return { kind: 'exact', value };
}

function predicates({ attribute, values = [], notValues = [], resolve }: Field): PredicateIr[] {
  return [
    ...(values.length === 0 ? [] : [{ attribute, anyOf: values.map(resolve), negated: false }]),
    ...(notValues.length === 0 ? [] : [{ attribute, anyOf: notValues.map(resolve), negated: true }]),
  ];
}
