import type { FieldPath, HttpMatch, HttpRoute } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';
import { authorityProblem } from '../values/names.ts';
import { portProblem } from '../values/ports.ts';
import { regexProblem, rewriteProblem } from '../values/regex.ts';
import { statusProblem } from '../values/statuses.ts';
import { uriTextProblem } from '../values/uris.ts';

/** Statuses that Envoy can redirect with. */
const redirectCodes = [301, 302, 303, 307, 308];
const kib = 1024;

/** Checks a redirect. Source: Istio, validateHTTPRedirect. */
export function checkRedirect(findings: Findings, path: FieldPath, rule: HttpRoute): void {
  if (rule.redirect === undefined) return;
  const { uri, prefixRewrite, authority, port, derivePort, scheme, redirectCode = 0 } = rule.redirect;
  if (![uri, prefixRewrite, authority, scheme].some(isGiven) && port === undefined && derivePort === undefined)
    findings.error(path, 'changes nothing', 'give uri, prefixRewrite, authority, port or scheme');
  checkPrefixRewrite(findings, path, rule);
  if (isGiven(uri)) findings.refuse([...path, 'uri'], uriTextProblem(uri));
  if (isGiven(authority)) findings.refuse([...path, 'authority'], authorityProblem(authority));
  if (isGiven(scheme) && scheme !== 'http' && scheme !== 'https')
    findings.error([...path, 'scheme'], 'must be http or https', 'schemes are written in small letters');
  if (port !== undefined && port !== 0) findings.refuse([...path, 'port'], portProblem(port));
  if (redirectCode !== 0 && (redirectCode < 300 || redirectCode > 399))
    findings.error(
      [...path, 'redirectCode'],
      'must be a status of redirection (3xx)',
      `use ${redirectCodes.join(', ')}`,
    );
  else if (redirectCode !== 0 && !redirectCodes.includes(redirectCode))
    findings.warning([...path, 'redirectCode'], 'is not used: 301 is sent', `use ${redirectCodes.join(', ')}`);
}

function checkPrefixRewrite(findings: Findings, path: FieldPath, { redirect, match }: HttpRoute): void {
  if (!isGiven(redirect?.prefixRewrite)) return;
  const at = [...path, 'prefixRewrite'];
  if (isGiven(redirect.uri)) findings.error(at, 'cannot stand with uri', 'leave one of them out');
  findings.refuse(at, uriTextProblem(redirect.prefixRewrite));
  if ((match ?? []).some(hasOtherThanPrefix))
    findings.error(at, 'needs matches by prefix, whose rest it keeps', 'match uri.prefix, or use uri');
}

const hasOtherThanPrefix = ({ uri }: HttpMatch) => uri !== undefined && uri.prefix === undefined;

/** Checks a rewrite of a forwarded request. Source: Istio, validateHTTPRewrite. */
export function checkRewrite(findings: Findings, path: FieldPath, rewrite: HttpRoute['rewrite']): void {
  if (rewrite === undefined) return;
  const { uri, authority, uriRegexRewrite } = rewrite;
  if (!isGiven(uri) && !isGiven(authority) && uriRegexRewrite === undefined)
    findings.error(path, 'changes nothing', 'give uri, uriRegexRewrite or authority');
  if (isGiven(uri) && uriRegexRewrite !== undefined)
    findings.error([...path, 'uriRegexRewrite'], 'cannot stand with uri', 'leave one of them out');
  if (isGiven(uri)) findings.refuse([...path, 'uri'], uriTextProblem(uri));
  if (isGiven(authority)) findings.refuse([...path, 'authority'], authorityProblem(authority));
  if (uriRegexRewrite === undefined) return;
  const { match = '', rewrite: text = '' } = uriRegexRewrite;
  findings.refuse([...path, 'uriRegexRewrite', 'match'], regexProblem(match));
  if (text === '')
    findings.error([...path, 'uriRegexRewrite', 'rewrite'], 'must not be empty', 'give what replaces the match');
  findings.refuse([...path, 'uriRegexRewrite', 'rewrite'], rewriteProblem(match, text));
}

/** Checks a fixed answer. Every proxy carries its content. Source: Istio, validateHTTPDirectResponse. */
export function checkDirectResponse(findings: Findings, path: FieldPath, response: HttpRoute['directResponse']): void {
  if (response === undefined) return;
  findings.refuse([...path, 'status'], statusProblem(response.status));
  const { string, bytes } = response.body ?? {};
  const size =
    string === undefined ? Math.floor(((bytes ?? '').replace(/=+$/, '').length * 3) / 4) : utf8Length(string);
  const hint = 'let a service give large answers';
  if (size > kib * kib) findings.error([...path, 'body'], `has ${size} bytes; at most 1 MiB is accepted`, hint);
  else if (size > 100 * kib) findings.warning([...path, 'body'], `has ${size} bytes, which every proxy carries`, hint);
}

const utf8Length = (text: string) => new TextEncoder().encode(text).length;
