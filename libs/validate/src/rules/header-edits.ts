import type { FieldPath, HeaderEdits } from '@malla/model';
import type { Findings } from '../findings.ts';
import { headerValueProblem } from '../values/header-value.ts';
import { headerNameProblem, isAuthorityHeader } from '../values/names.ts';

/** Checks edits of headers of requests and responses. The authority may be set in requests. Source: Istio, validateHTTPRoute. */
export function checkHeaderEdits(findings: Findings, path: FieldPath, edits: HeaderEdits | undefined): void {
  if (edits === undefined) return;
  for (const side of ['request', 'response'] as const) {
    const operations = edits[side];
    for (const verb of ['set', 'add'] as const) {
      const headers = operations?.[verb];
      for (const name in headers) {
        const at = [...path, side, verb, name];
        if (side === 'response' || !isAuthorityHeader(name)) checkName(findings, at, name);
        findings.refuse(at, headerValueProblem(headers[name] as string));
      }
    }
    for (const [i, name] of (operations?.remove ?? []).entries())
      checkName(findings, [...path, side, 'remove', i], name);
  }
}

function checkName(findings: Findings, path: FieldPath, name: string): void {
  if (isAuthorityHeader(name)) findings.error(path, 'the authority cannot be edited here', 'use rewrite.authority');
  else if (name.startsWith(':')) findings.error(path, `pseudo-header ${name} cannot be edited`, 'use rewrite');
  else findings.refuse(path, headerNameProblem(name));
}

/** The authority may be rewritten in one place only. Source: Istio, validateAuthorityRewrite. */
export function checkOneAuthority(
  findings: Findings,
  path: FieldPath,
  rewritten: boolean,
  edits: HeaderEdits | undefined,
): void {
  let found = rewritten;
  for (const verb of ['set', 'add'] as const) {
    for (const name of Object.keys(edits?.request?.[verb] ?? {}).filter(isAuthorityHeader)) {
      if (found)
        findings.error(
          [...path, 'headers', 'request', verb, name],
          'the authority is set more than once',
          'keep rewrite.authority alone',
        );
      found = true;
    }
  }
}
