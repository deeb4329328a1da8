import type { ServiceEntry } from '@malla/model';
import type { Findings } from '../findings.ts';
import { subnetProblem } from '../values/addresses.ts';
import { quoted } from '../values/complaint.ts';
import { checkExportTo } from '../values/export-to.ts';
import { partialWildcardProblem, wildcardDomainProblem } from '../values/hosts.ts';
import { portNameProblem, portProblem } from '../values/ports.ts';
import { findProtocol, protocolProblem } from '../values/protocols.ts';
import { checkSelector } from '../values/selectors.ts';
import { checkResolution } from './service-entry-resolution.ts';

/** Checks a ServiceEntry. Source: Istio pkg/config/validation, ValidateServiceEntry. */
export function checkServiceEntry(findings: Findings, resource: ServiceEntry): void {
  const { spec } = resource;
  if (spec.workloadSelector !== undefined) {
    checkSelector(findings, ['spec', 'workloadSelector', 'labels'], spec.workloadSelector.labels);
    if (spec.endpoints !== undefined)
      findings.error(['spec', 'endpoints'], 'cannot stand with workloadSelector', 'leave one of them out');
  }
  checkHosts(findings, resource);
  checkAddresses(findings, resource);
  checkPorts(findings, resource);
  checkResolution(findings, resource);
  checkSharedPorts(findings, resource);
  checkExportTo(findings, ['spec', 'exportTo'], spec.exportTo, {
    namespace: resource.metadata.namespace ?? 'default',
    nobody: true,
  });
}

function checkHosts(findings: Findings, { spec }: ServiceEntry): void {
  if (spec.hosts.length === 0) findings.error(['spec', 'hosts'], 'must not be empty', 'name the service');
  for (const [i, host] of spec.hosts.entries()) {
    const path = ['spec', 'hosts', i];
    if (host === '*') {
      findings.error(path, 'must not be every host', 'name the service, or use "*.suffix"');
      continue;
    }
    findings.refuse(path, wildcardDomainProblem(host));
    if (spec.resolution !== 'DYNAMIC_DNS') findings.warn(path, partialWildcardProblem(host));
  }
}

function checkAddresses(findings: Findings, { spec }: ServiceEntry): void {
  const { addresses = [], resolution = 'NONE' } = spec;
  for (const [i, address] of addresses.entries()) {
    findings.refuse(['spec', 'addresses', i], subnetProblem(address));
    if (address.includes('/') && resolution !== 'NONE' && resolution !== 'STATIC')
      findings.error(
        ['spec', 'addresses', i],
        `a block of addresses cannot stand with resolution ${resolution}`,
        'use NONE or STATIC, or give one address',
      );
  }
}

/** Services get addresses by themselves, unless the user does not want it or they could not be used. */
function getsAddresses({ metadata, spec }: ServiceEntry): boolean {
  const optOut = metadata.labels?.['networking.istio.io/enable-autoallocate-ip']?.toLowerCase() === 'false';
  return (spec.resolution ?? 'NONE') !== 'NONE' && !optOut && (spec.addresses ?? []).length === 0;
}

function checkPorts(findings: Findings, resource: ServiceEntry): void {
  const { ports = [], addresses = [] } = resource.spec;
  const without = addresses.length === 0 && !getsAddresses(resource);
  for (const [i, { name, number, protocol = '', targetPort = 0 }] of ports.entries()) {
    const path = ['spec', 'ports', i];
    const twice = (field: 'name' | 'number') => ports.findIndex((port) => port[field] === ports[i]?.[field]) < i;
    if (twice('name'))
      findings.error([...path, 'name'], `${quoted(name)} stands twice`, 'give each port a name of its own');
    if (twice('number')) findings.error([...path, 'number'], `port ${number} stands twice`, 'leave one of them out');
    findings.refuse([...path, 'name'], portNameProblem(name));
    findings.refuse([...path, 'number'], portProblem(number));
    if (targetPort !== 0) findings.refuse([...path, 'targetPort'], portProblem(targetPort));
    if (protocol !== '') findings.refuse([...path, 'protocol'], protocolProblem(protocol));
    if (without && (protocol === '' || protocol === 'TCP'))
      findings.warning(path, 'TCP without addresses takes in all traffic of its port', 'give addresses, or a protocol');
  }
}

/** Several hosts can be told apart by the Host header or the server name only. */
function checkSharedPorts(findings: Findings, { spec }: ServiceEntry): void {
  if ((spec.resolution ?? 'NONE') === 'NONE' || spec.hosts.length < 2) return;
  for (const [i, { protocol = '' }] of (spec.ports ?? []).entries()) {
    const found = findProtocol(protocol);
    if (found?.http !== true && found?.tls !== true)
      findings.error(
        ['spec', 'ports', i, 'protocol'],
        'hosts cannot be told apart on a port that is neither HTTP nor TLS',
        'make an entry for each host',
      );
  }
}
