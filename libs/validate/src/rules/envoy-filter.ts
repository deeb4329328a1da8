import type { EnvoyFilter, FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { canonicalFilterName, connectionManager } from '../values/filter-names.ts';
import { regexProblem } from '../values/regex.ts';
import { checkSelector } from '../values/selectors.ts';
import { checkAttachment } from '../values/target-refs.ts';
import { checkPatchValue } from './envoy-patch-value.ts';

type Patch = NonNullable<NonNullable<EnvoyFilter['spec']>['configPatches']>[number];
type Match = NonNullable<Patch['match']>;
type ObjectMatch = 'listener' | 'routeConfiguration' | 'cluster';

/** Which part of a match goes with what is changed; others take any. */
const matchOf: Readonly<Record<string, ObjectMatch>> = {
  LISTENER: 'listener',
  FILTER_CHAIN: 'listener',
  NETWORK_FILTER: 'listener',
  HTTP_FILTER: 'listener',
  ROUTE_CONFIGURATION: 'routeConfiguration',
  VIRTUAL_HOST: 'routeConfiguration',
  HTTP_ROUTE: 'routeConfiguration',
  CLUSTER: 'cluster',
};

const objectMatches = ['listener', 'routeConfiguration', 'cluster'] as const;

/** Checks an EnvoyFilter. Source: Istio pkg/config/validation/envoyfilter. */
export function checkEnvoyFilter(findings: Findings, resource: EnvoyFilter): void {
  findings.warning(
    [],
    'changes inner details of proxies, which may be others in the next version',
    'use another kind where there is one, and look at it before each upgrade',
  );
  const { workloadSelector, targetRefs, configPatches = [] } = resource.spec ?? {};
  if (workloadSelector !== undefined)
    checkSelector(findings, ['spec', 'workloadSelector', 'labels'], workloadSelector.labels);
  checkAttachment(findings, ['spec'], { targetRefs });
  if (workloadSelector !== undefined && (targetRefs ?? []).length > 0)
    findings.error(['spec', 'targetRefs'], 'cannot stand with workloadSelector', 'leave one of them out');
  for (const [i, patch] of configPatches.entries()) checkPatch(findings, ['spec', 'configPatches', i], patch);
}

function checkPatch(findings: Findings, path: FieldPath, entry: Patch): void {
  // As in Istio, waypoints have rules of the schema alone.
  if (entry.match?.context === 'WAYPOINT') return;
  const { applyTo = 'INVALID', patch, match } = entry;
  if (applyTo === 'INVALID')
    findings.error([...path, 'applyTo'], 'is required', 'say what is changed, such as HTTP_FILTER');
  const { operation = 'INVALID', value } = patch ?? {};
  if (patch === undefined) findings.error([...path, 'patch'], 'is required', 'give operation and value');
  else if (operation === 'INVALID')
    findings.error([...path, 'patch', 'operation'], 'is required', 'say what is done, such as MERGE');
  else if (operation !== 'REMOVE' && value === undefined)
    findings.error(
      [...path, 'patch', 'value'],
      `is required with ${operation}`,
      'give a part of the configuration of Envoy',
    );
  checkPatchValue(findings, [...path, 'patch', 'value'], value, applyTo);
  if (match !== undefined) checkMatch(findings, [...path, 'match'], match, applyTo);
}

function checkMatch(findings: Findings, path: FieldPath, match: Match, applyTo: string): void {
  const version = match.proxy?.proxyVersion;
  if (isGiven(version)) {
    const at = [...path, 'proxy', 'proxyVersion'];
    if (version.length > 1024)
      findings.warning(at, 'is too long, and does nothing', 'write a shorter expression, such as 1\\.30.*');
    else findings.refuse(at, regexProblem(version));
  }
  const wanted = Object.hasOwn(matchOf, applyTo) ? matchOf[applyTo] : undefined;
  const given = objectMatches.find((field) => match[field] !== undefined);
  if (wanted !== undefined && given !== undefined && given !== wanted)
    findings.error([...path, given], `cannot stand with applyTo: ${applyTo}`, `match ${wanted}`);
  else if (wanted === 'listener')
    checkFilterMatch(findings, [...path, 'listener', 'filterChain', 'filter'], match, applyTo);
}

function checkFilterMatch(findings: Findings, path: FieldPath, match: Match, applyTo: string): void {
  const filter = match.listener?.filterChain?.filter;
  if (filter === undefined) return;
  const { name, subFilter } = filter;
  if (applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN')
    findings.warning(path, `has no effect with applyTo: ${applyTo}`, 'leave it out');
  if (!isGiven(name)) findings.error([...path, 'name'], 'is required', 'name the filter that is matched');
  else warnOfOldName(findings, [...path, 'name'], name);
  if (subFilter === undefined) return;
  const at = [...path, 'subFilter'];
  if (applyTo !== 'HTTP_FILTER')
    findings.error(at, `cannot stand with applyTo: ${applyTo}`, 'it goes with HTTP_FILTER');
  if (isGiven(name) && canonicalFilterName(name) !== connectionManager)
    findings.error([...path, 'name'], 'has no filters inside', `write ${connectionManager}`);
  if (!isGiven(subFilter.name)) findings.error([...at, 'name'], 'is required', 'name the filter that is matched');
  else warnOfOldName(findings, [...at, 'name'], subFilter.name);
}

function warnOfOldName(findings: Findings, path: FieldPath, name: string): void {
  const canonical = canonicalFilterName(name);
  if (canonical !== name) findings.warning(path, `is an old name: ${quoted(name)}`, `write ${canonical}`);
}
