import { checkObject, hasErrors, type KnownResource, type Problem } from '@malla/model';
import { Findings } from './findings.ts';
import { checkAuthorizationPolicy } from './rules/authorization-policy.ts';
import { checkDestinationRule } from './rules/destination-rule.ts';
import { checkNamespace } from './rules/namespace.ts';
import { checkPeerAuthentication } from './rules/peer-authentication.ts';
import { checkSecret } from './rules/secret.ts';
import { checkService } from './rules/service.ts';
import { checkVirtualService } from './rules/virtual-service.ts';
import { checkWorkloadEntry } from './rules/workload-entry.ts';

/**
 * Checks the meaning of one resource by itself: what cannot work, contradicts itself or never applies. Its shape must have passed
 * `checkObject`. Errors refuse the resource, warnings do not.
 */
export function validate(resource: KnownResource): Problem[] {
  const findings = new Findings();
  check(findings, resource);
  return findings.problems;
}

/** Shape and meaning of an object from outside. Without errors in the result, the object is a `KnownResource`. */
export function validateObject(object: unknown): Problem[] {
  const shape = checkObject(object);
  return hasErrors(shape) ? shape : [...shape, ...validate(object as KnownResource)];
}

function check(findings: Findings, resource: KnownResource): void {
  switch (resource.kind) {
    case 'Namespace':
      return checkNamespace(findings, resource);
    case 'Service':
      return checkService(findings, resource);
    case 'Secret':
      return checkSecret(findings, resource);
    case 'VirtualService':
      return checkVirtualService(findings, resource);
    case 'DestinationRule':
      return checkDestinationRule(findings, resource);
    case 'WorkloadEntry':
      return checkWorkloadEntry(findings, resource);
    case 'PeerAuthentication':
      return checkPeerAuthentication(findings, resource);
    case 'AuthorizationPolicy':
      return checkAuthorizationPolicy(findings, resource);
  }
}
