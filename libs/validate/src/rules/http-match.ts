import type { FieldPath, HttpMatch, StringMatch } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isAuthorityHeader, isToken } from '../values/names.ts';
import { regexProblem } from '../values/regex.ts';

/** Istio ignores these as header names because a field of the match stands for them. */
const fieldsNotHeaders = new Set(['uri', 'scheme', 'method', 'authority']);

/** Checks one match of an HTTP rule. */
export function checkHttpMatch(findings: Findings, path: FieldPath, match: HttpMatch): void {
  for (const field of ['uri', 'method', 'authority'] as const)
    checkStringMatch(findings, [...path, field], match[field]);
  for (const field of ['headers', 'withoutHeaders'] as const) {
    for (const [name, value] of Object.entries(match[field] ?? {})) {
      checkHeaderName(findings, [...path, field, name], name);
      checkStringMatch(findings, [...path, field, name], value);
    }
  }
  for (const [name, value] of Object.entries(match.queryParams ?? {}))
    checkStringMatch(findings, [...path, 'queryParams', name], value);
  checkUri(findings, [...path, 'uri'], match);
}

function checkHeaderName(findings: Findings, path: FieldPath, name: string): void {
  if (name.startsWith('@request.auth.')) findings.unsupported(path, 'matching on claims of a token');
  else if (isAuthorityHeader(name))
    findings.error(path, 'the authority is not a header here', 'use the field authority');
  else if (name.startsWith(':'))
    findings.error(path, `pseudo-header ${name} is not a header here`, 'use the fields uri, method or authority');
  else if (fieldsNotHeaders.has(name))
    findings.error(path, `Istio ignores a header of the name "${name}"`, `use the field ${name}`);
  else if (!isToken(name)) findings.error(path, 'must be a header name (RFC 9110 token)');
}

function checkStringMatch(findings: Findings, path: FieldPath, match: Partial<StringMatch> | undefined): void {
  if (match?.prefix === '') findings.error([...path, 'prefix'], 'must not be empty');
  const problem = match?.regex === undefined ? undefined : regexProblem(match.regex);
  if (problem !== undefined) findings.error([...path, 'regex'], problem);
}

function checkUri(findings: Findings, path: FieldPath, match: HttpMatch): void {
  for (const form of ['exact', 'prefix'] as const) {
    const value = match.uri?.[form];
    if (value !== undefined && value !== '' && !value.startsWith('/'))
      findings.warning([...path, form], 'never matches: paths begin with "/"');
    if (value?.includes('?'))
      findings.warning([...path, form], 'never matches: the query is not part of uri; use queryParams');
  }
  if (match.ignoreUriCase === true && match.uri?.regex !== undefined) {
    findings.warning(path, 'ignoreUriCase has no effect on a regex; begin the expression with (?i)');
  }
}
