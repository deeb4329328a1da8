import type { FieldPath, HttpMatch } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { checkGatewayNames } from '../values/gateway-names.ts';
import { isDnsLabel } from '../values/hosts.ts';
import { checkLabels } from '../values/labels.ts';
import { headerNameProblem } from '../values/names.ts';
import { portProblem } from '../values/ports.ts';
import { checkStringMatch } from './string-match.ts';

/** Istio ignores these as header names because a field of the match stands for them. */
const fieldsNotHeaders = new Set(['uri', 'scheme', 'method', 'authority']);
const pseudoHeaders = new Set([':method', ':scheme', ':authority', ':path', ':status']);
const claimHeader = /^@request\.auth\.claims(\..+|\[.+\])$/i;

/** Whether the name of a header stands for a claim of a token. Source: https://istio.io/latest/docs/tasks/security/authentication/jwt-route/ */
export function isClaimHeader(name: string): boolean {
  return claimHeader.test(name);
}

/** Checks one match of an HTTP rule. `gateway` tells whether the rules are for gateways alone, which alone see claims of tokens. */
export function checkHttpMatch(findings: Findings, path: FieldPath, match: HttpMatch, gateway: boolean): void {
  // Envoy allows an empty prefix of a path alone.
  checkStringMatch(findings, [...path, 'uri'], match.uri, { emptyPrefix: true });
  for (const field of ['scheme', 'method', 'authority'] as const)
    checkStringMatch(findings, [...path, field], match[field]);
  checkHeaders(findings, path, match, gateway);
  for (const name in match.queryParams)
    checkStringMatch(findings, [...path, 'queryParams', name], match.queryParams[name], { presence: true });
  checkUri(findings, [...path, 'uri'], match);
  checkOrigin(findings, path, match);
  checkGatewayNames(findings, [...path, 'gateways'], match.gateways);
}

function checkHeaders(findings: Findings, path: FieldPath, match: HttpMatch, gateway: boolean): void {
  for (const field of ['headers', 'withoutHeaders'] as const) {
    const headers = match[field];
    for (const name in headers) {
      const at = [...path, field, name];
      checkHeaderName(findings, at, name, gateway);
      // Istio reads the star as presence.
      if (field === 'withoutHeaders' && headers[name]?.regex === '*') continue;
      checkStringMatch(findings, at, headers[name], { presence: true });
    }
  }
}

function checkHeaderName(findings: Findings, path: FieldPath, name: string, gateway: boolean): void {
  if (isClaimHeader(name)) {
    if (!gateway)
      findings.error(path, 'claims of tokens are matched at gateways only', 'name gateways, without mesh among them');
    return;
  }
  if (pseudoHeaders.has(name)) return;
  if (fieldsNotHeaders.has(name))
    findings.warning(path, `a header of the name "${name}" is ignored`, `use the field ${name}`);
  else findings.refuse(path, headerNameProblem(name));
}

function checkUri(findings: Findings, path: FieldPath, match: HttpMatch): void {
  for (const form of ['exact', 'prefix'] as const) {
    const value = match.uri?.[form];
    if (value === undefined || value === '') continue;
    if (!value.startsWith('/'))
      findings.warning([...path, form], 'never matches: paths begin with "/"', `write "/${value}"`);
    if (value.includes('?'))
      findings.warning([...path, form], 'never matches: the query is not part of uri', 'use queryParams');
  }
  if (match.ignoreUriCase === true && match.uri?.regex !== undefined)
    findings.warning(path, 'ignoreUriCase has no effect on a regex', 'begin the expression with (?i)');
}

interface Origin {
  readonly port?: number | undefined;
  readonly sourceLabels?: Readonly<Record<string, string>> | undefined;
  readonly sourceNamespace?: string | undefined;
}

/** Checks conditions on the port that was called and on the caller, which rules of all protocols have. */
export function checkOrigin(findings: Findings, path: FieldPath, match: Origin): void {
  const { port, sourceLabels, sourceNamespace } = match;
  if (port !== undefined && port !== 0) findings.refuse([...path, 'port'], portProblem(port));
  checkLabels(findings, [...path, 'sourceLabels'], sourceLabels);
  if (isGiven(sourceNamespace) && !isDnsLabel(sourceNamespace))
    findings.error(
      [...path, 'sourceNamespace'],
      `is not a namespace: ${quoted(sourceNamespace)}`,
      'name one namespace',
    );
}
