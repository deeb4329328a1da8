import type { FieldPath, WorkloadEntry, WorkloadEntrySpec } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isIpAddress, unixPrefix, unixSocketProblem } from '../values/addresses.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { fqdnProblem } from '../values/hosts.ts';
import { checkLabels } from '../values/labels.ts';
import { portNameProblem, portProblem } from '../values/ports.ts';

/** Largest weight of an endpoint in Envoy (uint32, and the sum of a locality must fit too). */
const maxWeight = 16_777_215;

/** Checks a WorkloadEntry. Source: Istio pkg/config/validation, ValidateWorkloadEntry. */
export function checkWorkloadEntry(findings: Findings, resource: WorkloadEntry): void {
  checkWorkload(findings, ['spec'], resource.spec, { names: true });
}

export interface WorkloadOptions {
  /** Whether the address may be a host name: not in a service whose addresses are given. */
  readonly names: boolean;
  /** Names of the service's ports; default: not known. */
  readonly servicePorts?: ReadonlySet<string>;
}

/** Checks an instance: an entry of its own, or an endpoint of a ServiceEntry. Source: Istio, validateWorkloadEntry. */
export function checkWorkload(
  findings: Findings,
  path: FieldPath,
  workload: WorkloadEntrySpec,
  { names, servicePorts }: WorkloadOptions,
): void {
  const { address, network, ports = {} } = workload;
  const unix = address?.startsWith(unixPrefix) ?? false;
  if (!isGiven(address)) {
    if (!isGiven(network)) return findings.error([...path, 'address'], 'is required', 'give an address, or a network');
    findings.warning(
      [...path, 'address'],
      `is not set: the gateway of network ${quoted(network)} is used`,
      'give it where it can be reached',
    );
  } else if (unix) {
    findings.refuse([...path, 'address'], unixSocketProblem(address.slice(unixPrefix.length)));
    if (Object.keys(ports).length > 0)
      findings.error([...path, 'ports'], 'a Unix socket has no ports', 'leave them out');
    if (servicePorts !== undefined && servicePorts.size !== 1)
      findings.error([...path, 'address'], 'a Unix socket needs a service with exactly one port', 'split the service');
  } else checkAddress(findings, [...path, 'address'], address, names);
  checkPorts(findings, [...path, 'ports'], ports, servicePorts);
  checkLabels(findings, [...path, 'labels'], workload.labels);
  checkRest(findings, path, workload);
}

/** Checks where an instance is: an address, or a name where names are allowed. */
export function checkAddress(findings: Findings, path: FieldPath, address: string, names: boolean): void {
  if (address === '0.0.0.0' || address === '::')
    return findings.error(path, 'must be the address of one instance', 'give its own address');
  if (isIpAddress(address)) return;
  if (!names)
    return findings.error(path, `must be an IP address, not ${quoted(address)}`, 'use resolution: DNS for host names');
  const wrong = fqdnProblem(address);
  if (wrong !== undefined)
    findings.error(
      path,
      `is neither an IP address nor a host name: ${quoted(address)}`,
      'write it as in 10.1.2.3 or db.example.com',
    );
}

/** Checks ports of an instance by the names of the service's ports. */
export function checkPorts(
  findings: Findings,
  path: FieldPath,
  ports: Readonly<Record<string, number>>,
  servicePorts: ReadonlySet<string> | undefined,
): void {
  for (const name in ports) {
    if (servicePorts !== undefined && !servicePorts.has(name))
      findings.error([...path, name], 'is no port of the service', `it has ${[...servicePorts].join(', ') || 'none'}`);
    findings.refuse([...path, name], portNameProblem(name));
    findings.refuse([...path, name], portProblem(ports[name]));
  }
}

function checkRest(
  findings: Findings,
  path: FieldPath,
  { locality, weight = 0, serviceAccount }: WorkloadEntrySpec,
): void {
  if (isGiven(locality) && !/^[^/]+(\/[^/]+){0,2}$/.test(locality))
    findings.error(
      [...path, 'locality'],
      'must be region, region/zone or region/zone/subzone',
      'leave out empty parts',
    );
  if (weight > maxWeight)
    findings.error([...path, 'weight'], `must be at most ${maxWeight}`, 'divide all weights by the same number');
  if (isGiven(serviceAccount) && !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(serviceAccount))
    findings.error(
      [...path, 'serviceAccount'],
      'must be the name of a service account (a DNS subdomain)',
      'give the name alone, without namespace and domain',
    );
}
