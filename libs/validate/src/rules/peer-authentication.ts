import type { PeerAuthentication } from '@malla/model';
import type { Findings } from '../findings.ts';
import { portTextProblem } from '../values/ports.ts';
import { checkSelector } from '../values/selectors.ts';

/** Checks a PeerAuthentication. Source: Istio pkg/config/validation, ValidatePeerAuthentication. */
export function checkPeerAuthentication(findings: Findings, resource: PeerAuthentication): void {
  const { selector, portLevelMtls } = resource.spec ?? {};
  if (selector !== undefined) checkSelector(findings, ['spec', 'selector', 'matchLabels'], selector.matchLabels);
  if (portLevelMtls === undefined) return;
  const path = ['spec', 'portLevelMtls'];
  const ports = Object.keys(portLevelMtls);
  if (ports.length === 0) findings.error(path, 'must not be empty', 'leave the field out');
  if (Object.keys(selector?.matchLabels ?? {}).length === 0)
    findings.error(path, 'needs a selector: ports belong to workloads', 'select workloads by label');
  for (const port of ports) findings.refuse([...path, port], portTextProblem(port));
}
