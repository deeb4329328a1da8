import type { FieldPath, GRPCRoute, HTTPRoute } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isFieldValue } from '../values/names.ts';
import { regexProblem } from '../values/regex.ts';

/** Checks what the rules in CEL of an HTTPRoute do not: expressions, values of headers, names that differ in case alone. */
export function checkHttpRouteOfGatewayApi(findings: Findings, { spec }: HTTPRoute): void {
  for (const [i, { matches = [], filters = [], backendRefs = [] }] of (spec.rules ?? []).entries()) {
    const path = ['spec', 'rules', i];
    for (const [j, match] of matches.entries()) {
      const at = [...path, 'matches', j];
      if (match.path?.type === 'RegularExpression')
        findings.refuse([...at, 'path', 'value'], regexProblem(match.path.value ?? ''));
      checkNamed(findings, [...at, 'headers'], match.headers, true);
      checkNamed(findings, [...at, 'queryParams'], match.queryParams, false);
    }
    checkFilters(findings, [...path, 'filters'], filters);
    for (const [j, backend] of backendRefs.entries())
      checkFilters(findings, [...path, 'backendRefs', j, 'filters'], backend.filters ?? []);
  }
}

/** As {@link checkHttpRouteOfGatewayApi}, for a GRPCRoute. */
export function checkGrpcRouteOfGatewayApi(findings: Findings, { spec }: GRPCRoute): void {
  for (const [i, { matches = [], filters = [], backendRefs = [] }] of (spec.rules ?? []).entries()) {
    const path = ['spec', 'rules', i];
    for (const [j, { method, headers }] of matches.entries()) {
      const at = [...path, 'matches', j];
      for (const field of ['service', 'method'] as const) {
        const text = method?.[field];
        if (method?.type === 'RegularExpression' && text !== undefined)
          findings.refuse([...at, 'method', field], regexProblem(text));
      }
      checkNamed(findings, [...at, 'headers'], headers, true);
    }
    checkFilters(findings, [...path, 'filters'], filters);
    for (const [j, backend] of backendRefs.entries())
      checkFilters(findings, [...path, 'backendRefs', j, 'filters'], backend.filters ?? []);
  }
}

interface NamedMatch {
  readonly name: string;
  readonly value: string;
  readonly type?: string | undefined;
}

/** Of several matches of one name only the first counts; names of headers are the same in any case. */
function checkNamed(
  findings: Findings,
  path: FieldPath,
  matches: readonly NamedMatch[] | undefined,
  folded: boolean,
): void {
  const seen = new Set<string>();
  for (const [i, { name, value, type }] of (matches ?? []).entries()) {
    if (type === 'RegularExpression') findings.refuse([...path, i, 'value'], regexProblem(value));
    const key = folded ? name.toLowerCase() : name;
    if (seen.has(key))
      findings.warning([...path, i, 'name'], 'has no effect: the name stands before', 'leave one of them out');
    seen.add(key);
  }
}

type Filters = NonNullable<NonNullable<HTTPRoute['spec']['rules']>[number]['filters']>;
type HeaderModifier = Pick<Filters[number], 'requestHeaderModifier' | 'responseHeaderModifier'>;

function checkFilters(findings: Findings, path: FieldPath, filters: readonly HeaderModifier[]): void {
  for (const [i, filter] of filters.entries()) {
    for (const field of ['requestHeaderModifier', 'responseHeaderModifier'] as const) {
      for (const verb of ['set', 'add'] as const) {
        for (const [j, { value }] of (filter[field]?.[verb] ?? []).entries()) {
          if (!isFieldValue(value))
            findings.error(
              [...path, i, field, verb, j, 'value'],
              'must not have line breaks or control characters',
              'write the value on one line',
            );
        }
      }
    }
  }
}
