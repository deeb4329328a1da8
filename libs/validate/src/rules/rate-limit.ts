import type { FieldPath, RateLimit, RateLimitMatch, RateLimitRule } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isToken, headerNameProblem } from '../values/names.ts';
import { checkAttachment } from '../values/target-refs.ts';
import { checkStringMatch } from './string-match.ts';

/** Checks a RateLimit. */
export function checkRateLimit(findings: Findings, { spec }: RateLimit): void {
  checkAttachment(findings, ['spec'], spec);
  for (const [i, rule] of spec.rules.entries()) checkRule(findings, ['spec', 'rules', i], rule);
}

function checkRule(findings: Findings, path: FieldPath, { match = [], perValueOf = [] }: RateLimitRule): void {
  for (const [i, each] of match.entries()) checkMatch(findings, [...path, 'match', i], each);
  const seen = new Set<string>();
  for (const [i, value] of perValueOf.entries()) {
    const name = value.header === undefined ? Object.keys(value)[0] : `header ${value.header.toLowerCase()}`;
    if (name !== undefined && seen.has(name))
      findings.error([...path, 'perValueOf', i], 'stands there twice', 'name each value once');
    seen.add(name ?? '');
  }
}

function checkMatch(findings: Findings, path: FieldPath, match: RateLimitMatch): void {
  const { paths = [], methods = [], headers = {} } = match;
  if (paths.length + methods.length + Object.keys(headers).length === 0)
    findings.error(path, 'matches nothing in particular', 'give paths, methods or headers, or leave match out');
  for (const [i, { exact, prefix }] of paths.entries()) {
    if (exact !== undefined) checkPath(findings, [...path, 'paths', i, 'exact'], exact);
    if (prefix !== undefined) checkPath(findings, [...path, 'paths', i, 'prefix'], prefix);
  }
  for (const [i, method] of methods.entries()) {
    const at = [...path, 'methods', i];
    if (!isToken(method)) findings.error(at, 'must be an HTTP method', 'write GET, POST and so on');
    else if (method !== method.toUpperCase())
      findings.warning(at, 'never matches: methods are in capitals', `write "${method.toUpperCase()}"`);
  }
  for (const name in headers) {
    findings.refuse([...path, 'headers', name], headerNameProblem(name));
    checkStringMatch(findings, [...path, 'headers', name], headers[name], { presence: true });
  }
}

function checkPath(findings: Findings, path: FieldPath, value: string): void {
  if (!value.startsWith('/')) findings.error(path, 'never matches: paths begin with "/"', `write "/${value}"`);
  if (/[?#]/.test(value)) findings.error(path, 'never matches: the query is not part of the path', 'leave it out');
}
