import { didYouMean, type AuthorizationRule, type FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { subnetProblem } from '../values/addresses.ts';
import { quoted, type Complaint } from '../values/complaint.ts';
import { headerNameProblem } from '../values/names.ts';
import {
  patternProblem,
  principalProblem,
  serviceAccountProblem,
  trustDomainProblem,
} from '../values/policy-values.ts';
import { portTextProblem } from '../values/ports.ts';

type Condition = NonNullable<AuthorizationRule['when']>[number];

/** What each value of a key must be. Source: https://istio.io/latest/docs/reference/config/security/conditions/ */
const plainKeys: Readonly<Record<string, (value: string) => Complaint | undefined>> = {
  'source.ip': subnetProblem,
  'remote.ip': subnetProblem,
  'source.namespace': patternProblem,
  'source.serviceAccount': serviceAccountProblem,
  'source.principal': principalProblem,
  'source.trustDomain': trustDomainProblem,
  'request.auth.principal': patternProblem,
  'request.auth.audiences': patternProblem,
  'request.auth.presenter': patternProblem,
  'destination.ip': subnetProblem,
  'destination.port': portTextProblem,
  'connection.sni': patternProblem,
};

/** Keys that name something in brackets. */
const mapKeys = ['request.headers', 'request.auth.claims', 'experimental.envoy.filters.'];

/** Keys that older versions of Istio had, and what there is in their place. */
const oldKeys: Readonly<Record<string, string>> = {
  'destination.namespace': 'the policy is for its own namespace: leave it out',
  'destination.labels': 'use the selector of the policy',
  'destination.name': 'use the selector of the policy',
  'destination.user': 'use the selector of the policy',
};

const known = [...Object.keys(plainKeys), 'request.headers[NAME]', 'request.auth.claims[NAME]'];

/** Checks a further condition of a rule: its key, and each value by it. Source: Istio pkg/config/security, ValidateAttribute. */
export function checkCondition(findings: Findings, path: FieldPath, condition: Condition): void {
  const { key, values = [], notValues = [] } = condition;
  const problemOf = Object.hasOwn(plainKeys, key) ? plainKeys[key] : undefined;
  if (problemOf === undefined) checkMapKey(findings, [...path, 'key'], key);
  if (values.length === 0 && notValues.length === 0)
    findings.error(path, 'needs values or notValues', 'give one of them');
  for (const field of ['values', 'notValues'] as const) {
    for (const [i, value] of (condition[field] ?? []).entries())
      findings.refuse([...path, field, i], (problemOf ?? patternProblem)(value));
  }
}

function checkMapKey(findings: Findings, path: FieldPath, key: string): void {
  if (key === '') return findings.error(path, 'must not be empty', `known: ${known.join(', ')}`);
  const prefix = mapKeys.find((each) => key.startsWith(each));
  if (prefix === undefined) return refuseKey(findings, path, key);
  const open = key.indexOf('[');
  const inside = key.slice(open + 1, -1);
  if (open <= 0 || !key.endsWith(']') || inside === '')
    return findings.error(path, `names nothing in brackets: ${quoted(key)}`, `write ${prefix}[NAME]`);
  if (prefix !== 'experimental.envoy.filters.' && open !== prefix.length) return refuseKey(findings, path, key);
  if (prefix === 'request.headers') findings.refuse(path, headerNameProblem(inside.replace(/^:/, '')));
}

function refuseKey(findings: Findings, path: FieldPath, key: string): void {
  const name = key.replace(/\[.*$/s, '');
  if (Object.hasOwn(oldKeys, name)) {
    findings.error(path, `is no longer a condition: ${quoted(key)}`, oldKeys[name] as string);
  } else {
    const hint = didYouMean(key, known) ?? `known: ${known.join(', ')}`;
    findings.error(path, `is not a condition: ${quoted(key)}`, hint);
  }
}
