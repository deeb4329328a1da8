import { didYouMean, type FieldPath, type Service, type ServiceSpec } from '@malla/model';
import type { Findings } from '../findings.ts';
import { subnetProblem } from '../values/addresses.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { fqdnProblem } from '../values/hosts.ts';
import { dnsLabelProblem, qualifiedNameProblem } from '../values/labels.ts';
import { checkServiceType } from './service-type.ts';

type Port = NonNullable<ServiceSpec['ports']>[number];

/** Source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ and Kubernetes' standard names. */
const appProtocols = [
  ...['http', 'http2', 'https', 'grpc', 'grpc-web', 'tcp', 'tls', 'mongo', 'mysql', 'redis', 'udp'],
  ...['kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss'],
];

/** Checks a Service as kube-apiserver does. Source: Kubernetes pkg/apis/core/validation, ValidateService. */
export function checkService(findings: Findings, resource: Service): void {
  const { spec } = resource;
  findings.refuse(['metadata', 'name'], dnsLabelProblem(resource.metadata.name ?? ''));
  checkPorts(findings, spec);
  checkAddresses(findings, spec);
  checkServiceType(findings, spec);
  if (spec.type === 'ExternalName') {
    if (!isGiven(spec.externalName))
      findings.error(['spec', 'externalName'], 'is required with ExternalName', 'give the name that it stands for');
    else findings.refuse(['spec', 'externalName'], fqdnProblem(spec.externalName));
  }
  if (spec.sessionAffinity !== 'ClientIP' && spec.sessionAffinityConfig !== undefined)
    findings.error(['spec', 'sessionAffinityConfig'], 'needs sessionAffinity: ClientIP', 'set it, or leave this out');
}

function checkPorts(findings: Findings, { ports = [], type, clusterIP }: ServiceSpec): void {
  if (ports.length === 0 && type !== 'ExternalName' && clusterIP !== 'None')
    findings.error(['spec', 'ports'], 'is required, unless the service is headless or an ExternalName', 'give ports');
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const path = ['spec', 'ports', i];
    if (!isGiven(port.name) && ports.length > 1)
      findings.error([...path, 'name'], 'is required with several ports', 'name each port, such as http');
    if (isGiven(port.name) && names.has(port.name))
      findings.error([...path, 'name'], `${quoted(port.name)} stands twice`, 'give each port a name of its own');
    const number = `${port.port}/${port.protocol ?? 'TCP'}`;
    if (numbers.has(number)) findings.error([...path, 'port'], `port ${number} stands twice`, 'leave one of them out');
    names.add(port.name ?? '');
    numbers.add(number);
    checkAppProtocol(findings, [...path, 'appProtocol'], port);
  }
}

/** What the mesh does not know is served as TCP, or found out. */
function checkAppProtocol(findings: Findings, path: FieldPath, { appProtocol }: Port): void {
  if (!isGiven(appProtocol) || appProtocols.includes(appProtocol.toLowerCase())) return;
  findings.refuse(path, qualifiedNameProblem(appProtocol));
  const near = didYouMean(appProtocol, appProtocols);
  if (near !== undefined) findings.warning(path, `is not a protocol that the mesh knows: ${quoted(appProtocol)}`, near);
}

function checkAddresses(findings: Findings, spec: ServiceSpec): void {
  const { clusterIP, clusterIPs = [], ipFamilies = [], loadBalancerSourceRanges = [] } = spec;
  if (clusterIPs.length > 0 && clusterIP !== undefined && clusterIPs[0] !== clusterIP)
    findings.error(['spec', 'clusterIPs', 0], 'must be clusterIP', 'leave clusterIPs out, or put clusterIP first');
  const family = (address: string) => (address.includes(':') ? 6 : 4);
  if (clusterIPs.length === 2 && family(clusterIPs[0] as string) === family(clusterIPs[1] as string))
    findings.error(['spec', 'clusterIPs', 1], 'must be of the other family', 'give one of IPv4 and one of IPv6');
  if (ipFamilies.length === 2 && ipFamilies[0] === ipFamilies[1])
    findings.error(['spec', 'ipFamilies', 1], 'must be the other family', 'leave it out');
  for (const [i, range] of loadBalancerSourceRanges.entries())
    findings.refuse(['spec', 'loadBalancerSourceRanges', i], subnetProblem(range.trim()));
}
