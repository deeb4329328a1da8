import type { AuthorizationPolicy, AuthorizationRule, FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { subnetProblem } from '../values/addresses.ts';
import { isGiven, type Complaint } from '../values/complaint.ts';
import { isToken } from '../values/names.ts';
import {
  pathProblem,
  patternProblem,
  principalProblem,
  serviceAccountProblem,
  trustDomainProblem,
} from '../values/policy-values.ts';
import { portTextProblem } from '../values/ports.ts';
import { checkAttachment } from '../values/target-refs.ts';
import { checkCondition } from './authorization-condition.ts';
import { checkCustomRule } from './authorization-custom.ts';

type Spec = NonNullable<AuthorizationPolicy['spec']>;
type Source = NonNullable<NonNullable<AuthorizationRule['from']>[number]['source']>;
type Operation = NonNullable<NonNullable<AuthorizationRule['to']>[number]['operation']>;

/** What each value of a field must be; the fields that begin with `not` are the same. */
const ofSource: Readonly<Partial<Record<keyof Source, (value: string) => Complaint | undefined>>> = {
  principals: principalProblem,
  requestPrincipals: patternProblem,
  namespaces: patternProblem,
  serviceAccounts: serviceAccountProblem,
  trustDomains: trustDomainProblem,
  ipBlocks: subnetProblem,
  remoteIpBlocks: subnetProblem,
};

const ofOperation: Readonly<Partial<Record<keyof Operation, (value: string) => Complaint | undefined>>> = {
  hosts: patternProblem,
  methods: patternProblem,
  paths: pathProblem,
  ports: portTextProblem,
};

/** Checks an AuthorizationPolicy. Source: Istio pkg/config/validation, ValidateAuthorizationPolicy. */
export function checkAuthorizationPolicy(findings: Findings, resource: AuthorizationPolicy): void {
  const spec = resource.spec ?? {};
  checkAttachment(findings, ['spec'], spec);
  checkAction(findings, spec);
  for (const [i, rule] of (spec.rules ?? []).entries()) checkRule(findings, ['spec', 'rules', i], rule, spec);
}

function checkAction(findings: Findings, { action = 'ALLOW', provider, rules = [] }: Spec): void {
  if ((action === 'DENY' || action === 'CUSTOM') && rules.length === 0)
    findings.error(
      ['spec', 'rules'],
      `a ${action} policy without rules does nothing`,
      'add the rule {} for everything',
    );
  if (action === 'CUSTOM' && !isGiven(provider?.name))
    findings.error(['spec', 'provider', 'name'], 'is required with CUSTOM', 'name an extension provider of the mesh');
  if (action !== 'CUSTOM' && provider !== undefined)
    findings.error(['spec', 'provider'], `cannot stand with ${action}`, 'use CUSTOM, or leave it out');
}

function checkRule(findings: Findings, path: FieldPath, rule: AuthorizationRule, { action }: Spec): void {
  for (const field of ['from', 'to'] as const) {
    if (rule[field]?.length === 0)
      findings.error([...path, field], 'must not be empty', `leave ${field} out to match everything`);
  }
  for (const [i, { source }] of (rule.from ?? []).entries())
    checkSource(findings, [...path, 'from', i, 'source'], source);
  for (const [i, { operation }] of (rule.to ?? []).entries())
    checkOperation(findings, [...path, 'to', i, 'operation'], operation);
  for (const [i, condition] of (rule.when ?? []).entries()) checkCondition(findings, [...path, 'when', i], condition);
  if (action === 'CUSTOM') checkCustomRule(findings, path, rule);
  if (action === 'DENY') checkTcp(findings, path, rule);
}

function checkSource(findings: Findings, path: FieldPath, source: Source | undefined): void {
  if (source === undefined || !hasValues(source))
    return findings.error(path, 'matches nothing in particular', 'give a field, or leave from out for every source');
  checkValues(findings, path, source, ofSource);
  const accounts = (['serviceAccounts', 'notServiceAccounts'] as const).find((field) => isNotEmpty(source[field]));
  const others = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'] as const;
  if (accounts !== undefined && others.some((field) => isNotEmpty(source[field])))
    findings.error(
      [...path, accounts],
      'cannot stand with namespaces or principals',
      'use two entries of from, or one of them',
    );
}

function checkOperation(findings: Findings, path: FieldPath, operation: Operation | undefined): void {
  if (operation === undefined || !hasValues(operation))
    return findings.error(path, 'matches nothing in particular', 'give a field, or leave to out for every operation');
  checkValues(findings, path, operation, ofOperation);
  for (const field of ['methods', 'notMethods'] as const) {
    for (const [i, method] of (operation[field] ?? []).entries()) warnOfMethod(findings, [...path, field, i], method);
  }
  for (const field of ['paths', 'notPaths'] as const) {
    for (const [i, value] of (operation[field] ?? []).entries()) warnOfPath(findings, [...path, field, i], value);
  }
}

function checkValues<F extends object>(
  findings: Findings,
  path: FieldPath,
  fields: F,
  problems: Readonly<Partial<Record<keyof F, (value: string) => Complaint | undefined>>>,
): void {
  for (const [field, values] of Object.entries(fields) as [string, readonly string[] | undefined][]) {
    const positive = field.startsWith('not') ? `${(field[3] as string).toLowerCase()}${field.slice(4)}` : field;
    const problemOf = problems[positive as keyof F];
    for (const [i, value] of (values ?? []).entries()) findings.refuse([...path, field, i], problemOf?.(value));
  }
}

const isNotEmpty = (values: readonly string[] | undefined) => (values ?? []).length > 0;
const hasValues = (fields: object) => (Object.values(fields) as (readonly string[])[]).some(isNotEmpty);
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE']);

function warnOfMethod(findings: Findings, path: FieldPath, method: string): void {
  const capitals = method.toUpperCase();
  if (method !== capitals && knownMethods.has(capitals))
    findings.warning(path, 'never matches: methods are in capitals', `write "${capitals}"`);
  else if (method !== '' && !isToken(method))
    findings.warning(path, 'never matches: it is not an HTTP method', `such as ${[...knownMethods].join(', ')}`);
}

function warnOfPath(findings: Findings, path: FieldPath, value: string): void {
  if (value !== '' && !value.startsWith('/') && !value.startsWith('*') && !value.startsWith('{'))
    findings.warning(path, 'never matches: paths begin with "/"', `write "/${value}"`);
  if (value.includes('?')) findings.warning(path, 'never matches: the query is not part of the path', 'leave it out');
}

const tcpSources = ['principals', 'namespaces', 'serviceAccounts', 'ipBlocks', 'remoteIpBlocks'] as const;
const tcpNotSources = [
  'notPrincipals',
  'notNamespaces',
  'notServiceAccounts',
  'notIpBlocks',
  'notRemoteIpBlocks',
] as const;

/** On TCP ports a rule of DENY is left with what is known there: without that, it denies everything. */
function checkTcp(findings: Findings, path: FieldPath, { from = [], to = [] }: AuthorizationRule): void {
  const tcpFrom = from.some(({ source }) =>
    [...tcpSources, ...tcpNotSources].some((field) => source?.[field] !== undefined),
  );
  const tcpTo = to.some(({ operation }) => operation?.ports !== undefined || operation?.notPorts !== undefined);
  const onlyHttp = to.length === 0 ? from.length > 0 && !tcpFrom : !tcpTo;
  if (onlyHttp)
    findings.warning(
      path,
      'denies all traffic on TCP ports: it has conditions of HTTP only',
      'name the ports it is for, in to',
    );
}
