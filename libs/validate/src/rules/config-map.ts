import type { ConfigMap } from '@malla/model';
import type { Findings } from '../findings.ts';

/** Checks a ConfigMap as kube-apiserver does: one entry for each name. */
export function checkConfigMap(findings: Findings, resource: ConfigMap): void {
  for (const name in resource.binaryData) {
    if (resource.data !== undefined && Object.hasOwn(resource.data, name))
      findings.error(['binaryData', name], 'stands in data too', 'leave one of them out');
  }
}
