import type { DestinationRule } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkExportTo } from '../values/export-to.ts';
import { wildcardDomainProblem } from '../values/hosts.ts';
import { checkLabels } from '../values/labels.ts';
import { checkSelector } from '../values/selectors.ts';
import { checkSubsetName } from './destinations.ts';
import { checkTrafficPolicy } from './traffic-policy.ts';

/** Checks a DestinationRule. Source: Istio pkg/config/validation, ValidateDestinationRule. */
export function checkDestinationRule(findings: Findings, resource: DestinationRule): void {
  if (resource.spec === undefined) return findings.error(['spec'], 'is required', 'give host, and what is for it');
  const { host, exportTo, trafficPolicy, subsets = [], workloadSelector } = resource.spec;
  const namespace = resource.metadata.namespace ?? 'default';
  findings.refuse(['spec', 'host'], wildcardDomainProblem(host));
  checkTrafficPolicy(findings, ['spec', 'trafficPolicy'], trafficPolicy, namespace);
  const seen = new Set<string>();
  for (const [i, subset] of subsets.entries()) {
    const path = ['spec', 'subsets', i];
    if (seen.has(subset.name))
      findings.error([...path, 'name'], `subset "${subset.name}" stands twice`, 'give each subset a name of its own');
    seen.add(subset.name);
    checkSubsetName(findings, [...path, 'name'], subset.name);
    checkLabels(findings, [...path, 'labels'], subset.labels);
    checkTrafficPolicy(findings, [...path, 'trafficPolicy'], subset.trafficPolicy, namespace);
  }
  checkExportTo(findings, ['spec', 'exportTo'], exportTo, { namespace });
  if (workloadSelector === undefined) return;
  checkSelector(findings, ['spec', 'workloadSelector', 'matchLabels'], workloadSelector.matchLabels);
  if ((exportTo ?? []).some((scope) => scope !== '.' && scope !== namespace))
    findings.error(
      ['spec', 'exportTo'],
      'a rule for selected workloads is for its own namespace alone',
      'export it to "."',
    );
}
