import type { PeerAuthentication } from '@malla/model';
import type { Findings } from '../findings.ts';

/** Checks a PeerAuthentication. Source: Istio pkg/config/validation, ValidatePeerAuthentication. */
export function checkPeerAuthentication(findings: Findings, resource: PeerAuthentication): void {
  const { selector, portLevelMtls } = resource.spec ?? {};
  if (portLevelMtls === undefined) return;
  const path = ['spec', 'portLevelMtls'];
  const ports = Object.keys(portLevelMtls);
  if (ports.length === 0) findings.error(path, 'must not be empty', 'leave the field out');
  if (Object.keys(selector?.matchLabels ?? {}).length === 0)
    findings.error(path, 'needs a selector: ports belong to workloads');
  for (const port of ports) {
    if (Number(port) < 1 || Number(port) > 65535)
      findings.error([...path, port], 'the key must be a port between 1 and 65535');
    else if (String(Number(port)) !== port)
      findings.error([...path, port], 'the key must be a port without leading zeros');
  }
}
