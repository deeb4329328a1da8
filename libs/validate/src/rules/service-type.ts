import type { ServiceSpec } from '@malla/model';
import type { Findings } from '../findings.ts';

/** Fields that only some types of Service have. Source: Kubernetes pkg/apis/core/validation, ValidateService. */
export function checkServiceType(findings: Findings, spec: ServiceSpec): void {
  const { type = 'ClusterIP', clusterIP, ports = [] } = spec;
  const outside = type === 'NodePort' || type === 'LoadBalancer';
  if (outside && clusterIP === 'None')
    findings.error(['spec', 'clusterIP'], `cannot be None with type ${type}`, 'leave it out');
  if (type === 'ExternalName' && clusterIP !== undefined && clusterIP !== '')
    findings.error(['spec', 'clusterIP'], 'cannot stand with type ExternalName', 'leave it out');
  if (!outside) {
    for (const [i, { nodePort = 0 }] of ports.entries())
      if (nodePort !== 0)
        findings.error(
          ['spec', 'ports', i, 'nodePort'],
          `cannot stand with type ${type}`,
          'use type NodePort, or leave it out',
        );
    if (spec.externalTrafficPolicy !== undefined && (spec.externalIPs ?? []).length === 0)
      findings.error(
        ['spec', 'externalTrafficPolicy'],
        `cannot stand with type ${type}`,
        'use type LoadBalancer, or leave it out',
      );
  }
  if (type !== 'LoadBalancer') {
    for (const field of ['loadBalancerClass', 'allocateLoadBalancerNodePorts', 'loadBalancerSourceRanges'] as const)
      if (spec[field] !== undefined)
        findings.error(['spec', field], `cannot stand with type ${type}`, 'use type LoadBalancer, or leave it out');
  }
  if ((spec.healthCheckNodePort ?? 0) !== 0 && (type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local'))
    findings.error(
      ['spec', 'healthCheckNodePort'],
      'is for type LoadBalancer with externalTrafficPolicy Local',
      'leave it out',
    );
}
