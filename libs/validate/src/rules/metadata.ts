import { groupOf, type KnownResource } from '@malla/model';
import type { Findings } from '../findings.ts';

/** Annotations of Istio's own making, which give rights that nobody may take for himself, or refuse an object on purpose. */
const reserved = [
  'internal.istio.io/parents',
  'internal.istio.io/parent-namespace',
  'internal.istio.io/webhook-always-reject',
];
const dryRun = 'istio.io/dry-run';

/** Texts that Go's strconv.ParseBool takes. */
const booleans = ['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False'];

/** Checks annotations that the mesh reads. Source: Istio pkg/config/validation, validateMetadata. */
export function checkMetadata(findings: Findings, resource: KnownResource): void {
  const { annotations } = resource.metadata;
  if (annotations === undefined || isOfPlatform(resource)) return;
  for (const name of reserved) {
    if (Object.hasOwn(annotations, name))
      findings.error(['metadata', 'annotations', name], 'is not for users to set', 'remove the annotation');
  }
  if (Object.hasOwn(annotations, dryRun)) checkDryRun(findings, resource, annotations[dryRun] as string);
}

/** Kinds of Kubernetes itself are no configuration of the mesh. */
function isOfPlatform({ apiVersion }: KnownResource): boolean {
  const group = groupOf(apiVersion);
  return !group.endsWith('.istio.io') && group !== 'gateway.networking.k8s.io';
}

function checkDryRun(findings: Findings, resource: KnownResource, value: string): void {
  const path = ['metadata', 'annotations', dryRun];
  if (resource.kind !== 'AuthorizationPolicy')
    return findings.error(path, 'is for AuthorizationPolicies only', 'remove the annotation');
  const { action = 'ALLOW' } = resource.spec ?? {};
  if (action !== 'ALLOW' && action !== 'DENY')
    findings.error(path, `cannot stand with ${action}`, 'use ALLOW or DENY, or remove the annotation');
  else if (!booleans.includes(value))
    findings.error(path, 'must be "true" or "false"', 'write "true" to try the policy out');
}
