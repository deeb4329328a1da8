import type { Namespace } from '@malla/model';
import type { Findings } from '../findings.ts';
import { dnsLabelProblem } from '../values/labels.ts';

/** Checks a Namespace. */
export function checkNamespace(findings: Findings, resource: Namespace): void {
  const problem = dnsLabelProblem(resource.metadata.name);
  if (problem !== undefined) findings.error(['metadata', 'name'], problem);
}
