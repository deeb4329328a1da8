import type { ServiceEntry } from '@malla/model';
import type { Findings } from '../findings.ts';
import { fqdnProblem, isWildcard } from '../values/hosts.ts';
import { checkLabels } from '../values/labels.ts';
import { findProtocol } from '../values/protocols.ts';
import { checkAddress, checkPorts, checkWorkload } from './workload-entry.ts';

/** Checks what goes with each way to find the addresses of a service. Source: Istio, ValidateServiceEntry. */
export function checkResolution(findings: Findings, resource: ServiceEntry): void {
  switch (resource.spec.resolution ?? 'NONE') {
    case 'NONE':
      return checkNone(findings, resource);
    case 'STATIC':
      return checkStatic(findings, resource);
    case 'DNS':
    case 'DNS_ROUND_ROBIN':
      return checkDns(findings, resource);
    case 'DYNAMIC_DNS':
      return checkDynamic(findings, resource);
  }
}

function checkNone(findings: Findings, { spec }: ServiceEntry): void {
  if ((spec.endpoints ?? []).length > 0)
    findings.error(['spec', 'endpoints'], 'cannot stand with resolution NONE', 'use STATIC or DNS');
  if (spec.workloadSelector !== undefined)
    findings.warning(['spec', 'workloadSelector'], 'has no effect with resolution NONE', 'use STATIC');
}

const portNames = ({ spec }: ServiceEntry) => new Set((spec.ports ?? []).map(({ name }) => name));

function checkStatic(findings: Findings, resource: ServiceEntry): void {
  const servicePorts = portNames(resource);
  for (const [i, endpoint] of (resource.spec.endpoints ?? []).entries())
    checkWorkload(findings, ['spec', 'endpoints', i], endpoint, { names: false, servicePorts });
}

function checkDns(findings: Findings, resource: ServiceEntry): void {
  const { hosts, addresses = [], ports = [], endpoints = [], resolution } = resource.spec;
  if (endpoints.length === 0) {
    for (const [i, host] of hosts.entries()) {
      if (fqdnProblem(host) !== undefined)
        findings.error(['spec', 'hosts', i], `cannot be resolved with ${resolution}`, 'give endpoints, or a full name');
    }
  }
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1)
    findings.error(['spec', 'endpoints'], 'may be one only with DNS_ROUND_ROBIN', 'use DNS for several');
  const servicePorts = portNames(resource);
  for (const [i, endpoint] of endpoints.entries()) {
    const path = ['spec', 'endpoints', i];
    checkAddress(findings, [...path, 'address'], endpoint.address ?? '', true);
    checkLabels(findings, [...path, 'labels'], endpoint.labels);
    checkPorts(findings, [...path, 'ports'], endpoint.ports ?? {}, servicePorts);
  }
  const tcp = ports.some(({ protocol = '' }) => findProtocol(protocol)?.tcp === true);
  if (addresses.length > 0 && tcp && hosts.length > 1)
    findings.warning(
      ['spec', 'hosts'],
      'share addresses on a TCP port: they cannot be told apart',
      'make an entry for each host',
    );
}

const dynamicProtocols = ['HTTP', 'HTTP2', 'GRPC', 'TLS'];

function checkDynamic(findings: Findings, { metadata, spec }: ServiceEntry): void {
  const { hosts, addresses = [], endpoints = [], ports = [], location } = spec;
  for (const [i, host] of hosts.entries()) {
    if (!isWildcard(host))
      findings.error(['spec', 'hosts', i], 'must have a wildcard with DYNAMIC_DNS', 'write "*.suffix", or use DNS');
  }
  const hint = 'leave it out: addresses come from the host of each request';
  if (addresses.length > 0) findings.error(['spec', 'addresses'], 'cannot stand with DYNAMIC_DNS', hint);
  if (endpoints.length > 0) findings.error(['spec', 'endpoints'], 'cannot stand with DYNAMIC_DNS', hint);
  for (const [i, { protocol = '' }] of ports.entries()) {
    if (!dynamicProtocols.includes(findProtocol(protocol)?.name ?? ''))
      findings.error(
        ['spec', 'ports', i, 'protocol'],
        'cannot stand with DYNAMIC_DNS',
        `use ${dynamicProtocols.join(', ')}: requests must name their host`,
      );
  }
  const waypoint = metadata.labels?.['istio.io/use-waypoint'] ?? '';
  if (location === 'MESH_INTERNAL' && waypoint !== '' && waypoint.toLowerCase() !== 'none')
    findings.error(
      ['spec', 'location'],
      'MESH_INTERNAL cannot stand with DYNAMIC_DNS and a waypoint',
      'use MESH_EXTERNAL',
    );
}
