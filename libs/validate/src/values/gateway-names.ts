import type { FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from './complaint.ts';
import { fqdnProblem, isDnsLabel } from './hosts.ts';

/** Checks names of gateways: `name`, `namespace/name`, or `mesh`. Source: Istio, validateGatewayNames. */
export function checkGatewayNames(findings: Findings, path: FieldPath, names: readonly string[] | undefined): void {
  for (const [i, name] of (names ?? []).entries()) checkGatewayName(findings, [...path, i], name);
}

function checkGatewayName(findings: Findings, path: FieldPath, name: string): void {
  const slash = name.indexOf('/');
  if (slash < 0) {
    const wrong = fqdnProblem(name);
    findings.refuse(path, wrong);
    const [gateway = '', namespace = ''] = name.split('.');
    if (wrong === undefined && name.includes('.'))
      findings.warning(path, 'is the old way to name a gateway', `write ${namespace}/${gateway}`);
    return;
  }
  const [namespace, gateway] = [name.slice(0, slash), name.slice(slash + 1)];
  const hint = 'write namespace/name';
  if (!isDnsLabel(namespace)) findings.error(path, `is not the name of a namespace: ${quoted(namespace)}`, hint);
  if (!isDnsLabel(gateway)) findings.error(path, `is not the name of a gateway: ${quoted(gateway)}`, hint);
}
