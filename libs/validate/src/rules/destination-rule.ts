import type { DestinationRule } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkExportTo } from '../values/export-to.ts';
import { wildcardHostProblem } from '../values/hosts.ts';
import { checkTrafficPolicy } from './traffic-policy.ts';

const maxSubsets = 1024;

/** Checks a DestinationRule. Source: Istio pkg/config/validation, ValidateDestinationRule. */
export function checkDestinationRule(findings: Findings, resource: DestinationRule): void {
  const { host, exportTo, trafficPolicy, subsets = [] } = resource.spec;
  const problem = wildcardHostProblem(host);
  if (problem !== undefined) findings.error(['spec', 'host'], problem);
  checkExportTo(findings, ['spec', 'exportTo'], exportTo);
  checkTrafficPolicy(findings, ['spec', 'trafficPolicy'], trafficPolicy);
  if (subsets.length > maxSubsets)
    findings.error(['spec', 'subsets'], `has ${subsets.length} subsets; at most ${maxSubsets} are accepted`);
  const seen = new Set<string>();
  for (const [i, subset] of subsets.entries()) {
    const path = ['spec', 'subsets', i];
    if (seen.has(subset.name)) findings.error([...path, 'name'], `subset "${subset.name}" stands twice`);
    seen.add(subset.name);
    checkTrafficPolicy(findings, [...path, 'trafficPolicy'], subset.trafficPolicy);
  }
}
