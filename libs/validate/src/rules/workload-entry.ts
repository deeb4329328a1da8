import type { WorkloadEntry } from '@malla/model';
import type { Findings } from '../findings.ts';

/** Largest weight of an endpoint in Envoy (uint32, and the sum of a locality must fit too). */
const maxWeight = 16_777_215;

/** Checks a WorkloadEntry. Source: Istio pkg/config/validation, validateWorkloadEntry. */
export function checkWorkloadEntry(findings: Findings, resource: WorkloadEntry): void {
  const { address, locality, weight, serviceAccount, labels } = resource.spec;
  if (address === '0.0.0.0' || address === '::')
    findings.error(['spec', 'address'], 'must be the address of one instance');
  if (locality !== undefined && !/^[^/]+(\/[^/]+){0,2}$/.test(locality))
    findings.error(['spec', 'locality'], 'must be region, region/zone or region/zone/subzone');
  if (weight !== undefined && weight > maxWeight) findings.error(['spec', 'weight'], `must be at most ${maxWeight}`);
  if (serviceAccount !== undefined && !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(serviceAccount)) {
    findings.error(
      ['spec', 'serviceAccount'],
      'must be the name of a service account (a DNS subdomain)',
      'give the name alone, without namespace and domain',
    );
  }
  if (Object.keys(labels ?? {}).length === 0)
    findings.warning(['spec', 'labels'], 'no Service selects a workload without labels');
}
