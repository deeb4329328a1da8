import type { Namespace } from '@malla/model';
import type { Findings } from '../findings.ts';
import { dnsLabelProblem } from '../values/labels.ts';

/** Checks a Namespace. */
export function checkNamespace(findings: Findings, resource: Namespace): void {
  findings.refuse(['metadata', 'name'], dnsLabelProblem(resource.metadata.name ?? ''));
}
