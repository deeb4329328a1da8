import { didYouMean, type AuthorizationPolicy, type AuthorizationRule, type FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isToken } from '../values/names.ts';

type Source = NonNullable<AuthorizationRule['from']>[number]['source'];
type Operation = NonNullable<AuthorizationRule['to']>[number]['operation'];
type Condition = NonNullable<AuthorizationRule['when']>[number];

const supportedKeys = ['request.headers[NAME]', 'source.principal', 'source.namespace', 'destination.port'];

/** Keys of Istio that Malla does not evaluate yet. Source: https://istio.io/latest/docs/reference/config/security/conditions/ */
const otherKeys =
  /^(source\.(ip|serviceAccount|trustDomain)|remote\.ip|request\.auth\.(principal|audiences|presenter|claims\[.+\])|destination\.ip|connection\.sni|experimental\..+)$/;

const maxRules = 1024;

/** Checks an AuthorizationPolicy. Source: Istio pkg/config/validation, ValidateAuthorizationPolicy. */
export function checkAuthorizationPolicy(findings: Findings, resource: AuthorizationPolicy): void {
  const { action = 'ALLOW', rules } = resource.spec ?? {};
  if (action === 'DENY' && (rules ?? []).length === 0) {
    findings.error(
      ['spec', 'rules'],
      'a DENY policy without rules denies nothing',
      'add the rule {} to deny everything',
    );
  }
  if ((rules ?? []).length > maxRules)
    return findings.error(['spec', 'rules'], `has ${rules?.length} rules; at most ${maxRules} are accepted`);
  for (const [i, rule] of (rules ?? []).entries()) {
    const path = ['spec', 'rules', i];
    for (const [j, { source }] of (rule.from ?? []).entries())
      checkSource(findings, [...path, 'from', j, 'source'], source);
    for (const [j, { operation }] of (rule.to ?? []).entries())
      checkOperation(findings, [...path, 'to', j, 'operation'], operation);
    for (const [j, condition] of (rule.when ?? []).entries()) checkCondition(findings, [...path, 'when', j], condition);
  }
}

function checkSource(findings: Findings, path: FieldPath, source: Source): void {
  if (Object.keys(source).length === 0)
    findings.error(path, 'must have at least one field', 'leave from out to match every source');
  for (const field of ['principals', 'notPrincipals'] as const)
    checkPrincipals(findings, [...path, field], source[field]);
  for (const field of ['namespaces', 'notNamespaces'] as const) checkForms(findings, [...path, field], source[field]);
}

function checkOperation(findings: Findings, path: FieldPath, operation: Operation): void {
  if (Object.keys(operation).length === 0)
    findings.error(path, 'must have at least one field', 'leave to out to match every operation');
  for (const field of ['methods', 'notMethods'] as const) checkMethods(findings, [...path, field], operation[field]);
  for (const field of ['paths', 'notPaths'] as const) checkPaths(findings, [...path, field], operation[field]);
}

function checkForms(findings: Findings, path: FieldPath, values: readonly string[] | undefined): void {
  for (const [i, value] of (values ?? []).entries()) checkForm(findings, [...path, i], value);
}

/** A value is exact, `prefix*`, `*suffix` or `*`; Istio takes a star elsewhere as a letter, so that the rule never matches. */
function checkForm(findings: Findings, path: FieldPath, value: string): void {
  const stars = value.split('*').length - 1;
  const fits = stars === 0 || (stars === 1 && (value.startsWith('*') || value.endsWith('*')));
  if (!fits) findings.error(path, 'may have one "*" only: alone, at the beginning or at the end');
}

function checkPrincipals(findings: Findings, path: FieldPath, values: readonly string[] | undefined): void {
  checkForms(findings, path, values);
  for (const [i, value] of (values ?? []).entries()) {
    if (value.startsWith('spiffe://'))
      findings.error(
        [...path, i],
        'never matches: principals are written without "spiffe://"',
        `write "${value.slice(9)}"`,
      );
  }
}

function checkMethods(findings: Findings, path: FieldPath, values: readonly string[] | undefined): void {
  checkForms(findings, path, values);
  for (const [i, value] of (values ?? []).entries()) {
    if (!isToken(value)) findings.error([...path, i], 'must be an HTTP method');
    else if (value !== value.toUpperCase())
      findings.warning([...path, i], `methods are case-sensitive; did you mean "${value.toUpperCase()}"?`);
  }
}

function checkPaths(findings: Findings, path: FieldPath, values: readonly string[] | undefined): void {
  for (const [i, value] of (values ?? []).entries()) {
    if (/\{\*\*?\}/.test(value)) {
      findings.unsupported([...path, i], 'a path template ({*}, {**})', 'use prefix* or *suffix');
      continue;
    }
    checkForm(findings, [...path, i], value);
    if (!value.startsWith('/') && !value.startsWith('*'))
      findings.warning([...path, i], 'never matches: paths begin with "/"');
    if (value.includes('?')) findings.warning([...path, i], 'never matches: the query is not part of the path');
  }
}

function checkCondition(findings: Findings, path: FieldPath, condition: Condition): void {
  const { key, values, notValues } = condition;
  if (values === undefined && notValues === undefined) findings.error(path, 'needs values or notValues');
  checkKey(findings, [...path, 'key'], key);
  for (const field of ['values', 'notValues'] as const) {
    if (key === 'destination.port') checkPorts(findings, [...path, field], condition[field]);
    else if (key === 'source.principal') checkPrincipals(findings, [...path, field], condition[field]);
    else checkForms(findings, [...path, field], condition[field]);
  }
}

function checkKey(findings: Findings, path: FieldPath, key: string): void {
  const header = /^request\.headers\[(.*)\]$/.exec(key)?.[1];
  if (header !== undefined) {
    if (!isToken(header)) findings.error(path, 'must name a header (RFC 9110 token) in brackets');
    return;
  }
  if (supportedKeys.includes(key) && !key.includes('[')) return;
  if (otherKeys.test(key))
    return findings.unsupported(path, `the condition ${key}`, `supported: ${supportedKeys.join(', ')}`);
  findings.error(
    path,
    `"${key.slice(0, 80)}" is not a condition`,
    didYouMean(key, supportedKeys) ?? `supported: ${supportedKeys.join(', ')}`,
  );
}

function checkPorts(findings: Findings, path: FieldPath, values: readonly string[] | undefined): void {
  for (const [i, value] of (values ?? []).entries()) {
    if (!/^[1-9]\d{0,4}$/.test(value) || Number(value) > 65535)
      findings.error([...path, i], 'must be a port between 1 and 65535');
  }
}
