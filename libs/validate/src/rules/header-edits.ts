import type { FieldPath, HeaderEdits } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isAuthorityHeader, isFieldValue, isToken } from '../values/names.ts';

/** Checks edits of headers of requests and responses. */
export function checkHeaderEdits(findings: Findings, path: FieldPath, edits: HeaderEdits | undefined): void {
  for (const side of ['request', 'response'] as const) {
    for (const verb of ['set', 'add'] as const) {
      for (const [name, value] of Object.entries(edits?.[side]?.[verb] ?? {})) {
        const at = [...path, side, verb, name];
        if (side === 'request' && verb === 'set' && isAuthorityHeader(name)) checkValue(findings, at, value);
        else checkEdit(findings, at, { name, value });
      }
    }
    for (const [i, name] of (edits?.[side]?.remove ?? []).entries())
      checkEdit(findings, [...path, side, 'remove', i], { name });
  }
}

function checkEdit(
  findings: Findings,
  path: FieldPath,
  edit: { readonly name: string; readonly value?: string },
): void {
  if (isAuthorityHeader(edit.name))
    findings.error(path, 'the authority cannot be edited here', 'use rewrite.authority');
  else if (edit.name.startsWith(':'))
    findings.error(path, `pseudo-header ${edit.name} cannot be edited`, 'use rewrite');
  else if (!isToken(edit.name)) findings.error(path, 'must be a header name (RFC 9110 token)');
  if (edit.value !== undefined) checkValue(findings, path, edit.value);
}

/** Envoy reads `%NAME%` in values as a variable; until Malla translates those, a percent sign is refused rather than guessed at. */
function checkValue(findings: Findings, path: FieldPath, value: string): void {
  if (!isFieldValue(value)) findings.error(path, 'must not have line breaks or control characters');
  if (value.includes('%'))
    findings.unsupported(path, 'a percent sign (variables such as %REQ(...)%) in a header value');
}

/** The authority may be rewritten in one place only. */
export function checkOneAuthority(
  findings: Findings,
  path: FieldPath,
  rewritten: boolean,
  edits: HeaderEdits | undefined,
): void {
  const names = Object.keys(edits?.request?.set ?? {}).filter(isAuthorityHeader);
  if (names.length + (rewritten ? 1 : 0) > 1) {
    findings.error(
      [...path, 'headers', 'request', 'set', names[0] ?? ''],
      'the authority is set more than once',
      'keep rewrite.authority alone',
    );
  }
}
