import type { AuthorizationRule, FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';

const sources = ['principals', 'requestPrincipals', 'namespaces', 'serviceAccounts', 'trustDomains'] as const;
const notSources = [
  'notPrincipals',
  'notRequestPrincipals',
  'notNamespaces',
  'notServiceAccounts',
  'notTrustDomains',
] as const;

const keys = /^(source\.(namespace|serviceAccount|trustDomain|principal)|request\.auth\..*)$/;

/** What CUSTOM rules cannot ask: identities are found out after the service was asked. Source: Istio, ValidateAuthorizationPolicy. */
export function checkCustomRule(
  findings: Findings,
  path: FieldPath,
  { from = [], when = [] }: AuthorizationRule,
): void {
  const message = 'cannot be asked with CUSTOM: it is known only afterwards';
  const hint = 'ask it in a policy of DENY or ALLOW, or let the service decide';
  for (const [i, { source = {} }] of from.entries()) {
    for (const field of [...sources, ...notSources])
      if ((source[field] ?? []).length > 0) findings.error([...path, 'from', i, 'source', field], message, hint);
  }
  for (const [i, { key }] of when.entries()) {
    if (keys.test(key)) findings.error([...path, 'when', i, 'key'], message, hint);
  }
}
