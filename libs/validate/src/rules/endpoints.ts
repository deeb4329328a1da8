import type { Endpoints, EndpointSlice, FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isIpv4Address, isIpv6Address } from '../values/addresses.ts';
import { complaint, isGiven, quoted, type Complaint } from '../values/complaint.ts';
import { fqdnProblem } from '../values/hosts.ts';
import { dnsLabelProblem } from '../values/labels.ts';

/** Checks Endpoints as kube-apiserver does. Source: Kubernetes pkg/apis/core/validation, ValidateEndpoints. */
export function checkEndpoints(findings: Findings, resource: Endpoints): void {
  for (const [i, { addresses = [], notReadyAddresses = [], ports = [] }] of (resource.subsets ?? []).entries()) {
    const path = ['subsets', i];
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      findings.error(path, 'has no addresses', 'give addresses or notReadyAddresses, or leave it out');
    for (const [j, { ip }] of addresses.entries())
      findings.refuse([...path, 'addresses', j, 'ip'], specialAddressProblem(ip));
    for (const [j, { ip }] of notReadyAddresses.entries())
      findings.refuse([...path, 'notReadyAddresses', j, 'ip'], specialAddressProblem(ip));
    checkNames(findings, [...path, 'ports'], ports);
  }
}

/** Checks an EndpointSlice as kube-apiserver does. Source: Kubernetes pkg/apis/discovery/validation. */
export function checkEndpointSlice(findings: Findings, resource: EndpointSlice): void {
  const { addressType, endpoints = [], ports = [] } = resource;
  for (const [i, { addresses, hostname }] of endpoints.entries()) {
    for (const [j, address] of addresses.entries())
      findings.refuse(['endpoints', i, 'addresses', j], addressProblem(address, addressType));
    if (isGiven(hostname)) findings.refuse(['endpoints', i, 'hostname'], dnsLabelProblem(hostname));
  }
  const seen = new Set<string>();
  for (const [i, { name = '' }] of ports.entries()) {
    if (seen.has(name))
      findings.error(['ports', i, 'name'], `${quoted(name)} stands twice`, 'give each port a name of its own');
    seen.add(name);
  }
}

function addressProblem(address: string, type: EndpointSlice['addressType']): Complaint | undefined {
  if (type === 'FQDN') return fqdnProblem(address);
  const fits = type === 'IPv4' ? isIpv4Address(address) : isIpv6Address(address);
  return fits
    ? specialAddressProblem(address)
    : complaint(`must be an ${type} address, not ${quoted(address)}`, 'make a slice for each type of address');
}

/** Addresses of no endpoint: of this machine, the link, a group, or none. */
function specialAddressProblem(ip: string): Complaint | undefined {
  const special =
    /^(0\.0\.0\.0$|127\.|169\.254\.|22[4-9]\.|23\d\.)/.test(ip) ||
    /^(::|::1)$|^(fe[89ab][0-9a-f]|ff[0-9a-f]{2}):/i.test(ip);
  return special
    ? complaint(`is the address of no endpoint: ${ip}`, 'give an address that other machines can reach')
    : undefined;
}

function checkNames(
  findings: Findings,
  path: FieldPath,
  ports: readonly { readonly name?: string | undefined }[],
): void {
  const seen = new Set<string>();
  for (const [i, { name = '' }] of ports.entries()) {
    if (name === '' && ports.length > 1)
      findings.error([...path, i, 'name'], 'is required with several ports', 'name each port');
    else if (seen.has(name))
      findings.error([...path, i, 'name'], `${quoted(name)} stands twice`, 'give each port a name of its own');
    seen.add(name);
  }
}
