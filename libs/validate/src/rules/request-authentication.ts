import type { FieldPath, JwtRule, RequestAuthentication } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { readKeySet } from '../values/jwks.ts';
import { cookieNameProblem, headerNameProblem, plainHeaderNameProblem } from '../values/names.ts';
import { checkAttachment } from '../values/target-refs.ts';
import { urlProblem } from '../values/uris.ts';

/** Checks a RequestAuthentication. Source: Istio pkg/config/validation, ValidateRequestAuthentication. */
export function checkRequestAuthentication(findings: Findings, resource: RequestAuthentication): void {
  const spec = resource.spec ?? {};
  checkAttachment(findings, ['spec'], spec);
  for (const [i, rule] of (spec.jwtRules ?? []).entries()) checkJwtRule(findings, ['spec', 'jwtRules', i], rule);
}

/** Checks what makes a token valid. Source: Istio, validateJwtRule. */
function checkJwtRule(findings: Findings, path: FieldPath, rule: JwtRule): void {
  const { issuer, jwksUri, jwks_uri, jwks } = rule;
  if (!isGiven(issuer) && !isGiven(jwksUri) && !isGiven(jwks_uri))
    findings.error(path, 'accepts tokens of nobody in particular', 'give issuer, or jwksUri');
  for (const field of ['jwksUri', 'jwks_uri'] as const) {
    const uri = rule[field];
    if (isGiven(uri)) findings.refuse([...path, field], urlProblem(uri, ['https', 'http']));
  }
  if (isGiven(jwks)) checkKeys(findings, [...path, 'jwks'], jwks);
  checkPlaces(findings, path, rule);
  for (const [i, { header, claim }] of (rule.outputClaimToHeaders ?? []).entries()) {
    const at = [...path, 'outputClaimToHeaders', i];
    findings.refuse([...at, 'header'], plainHeaderNameProblem(header));
    if (claim === '') findings.error([...at, 'claim'], 'must not be empty', 'name a claim');
  }
  if (isGiven(rule.outputPayloadToHeader))
    findings.refuse([...path, 'outputPayloadToHeader'], headerNameProblem(rule.outputPayloadToHeader));
  checkDuration(findings, [...path, 'timeout'], rule.timeout);
}

/** Places in which a token is looked for, and lists of texts that must say something. */
function checkPlaces(findings: Findings, path: FieldPath, rule: JwtRule): void {
  for (const [i, { name }] of (rule.fromHeaders ?? []).entries())
    findings.refuse([...path, 'fromHeaders', i, 'name'], headerNameProblem(name));
  for (const [i, name] of (rule.fromCookies ?? []).entries())
    findings.refuse([...path, 'fromCookies', i], cookieNameProblem(name));
  for (const field of ['audiences', 'fromParams', 'spaceDelimitedClaims'] as const) {
    for (const [i, text] of (rule[field] ?? []).entries())
      if (text === '') findings.error([...path, field, i], 'must not be empty', 'leave it out');
  }
}

function checkKeys(findings: Findings, path: FieldPath, jwks: string): void {
  const { problem, secret } = readKeySet(jwks);
  findings.refuse(path, problem);
  if (secret.length > 0)
    findings.warning(
      path,
      `holds secret parts of keys (${secret.join(', ')})`,
      'keep public parts alone: signatures are only checked',
    );
}
