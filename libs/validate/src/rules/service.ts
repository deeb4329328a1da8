import { didYouMean, type FieldPath, type Service, type ServiceSpec } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from '../values/complaint.ts';
import { dnsLabelProblem, qualifiedNameProblem } from '../values/labels.ts';

type Port = NonNullable<ServiceSpec['ports']>[number];

/** Source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ and Kubernetes' standard names. */
const appProtocols = [
  ...['http', 'http2', 'https', 'grpc', 'grpc-web', 'tcp', 'tls', 'mongo', 'mysql', 'redis', 'udp'],
  ...['kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss'],
];

/** Checks a Service as kube-apiserver does, as far as the mesh reads it. */
export function checkService(findings: Findings, resource: Service): void {
  findings.refuse(['metadata', 'name'], dnsLabelProblem(resource.metadata.name));
  const { ports = [] } = resource.spec;
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const path = ['spec', 'ports', i];
    if (port.name === undefined && ports.length > 1)
      findings.error([...path, 'name'], 'is required with several ports', 'name each port, such as http');
    if (port.name !== undefined && names.has(port.name))
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
  if (appProtocol === undefined || appProtocols.includes(appProtocol.toLowerCase())) return;
  findings.refuse(path, qualifiedNameProblem(appProtocol));
  const near = didYouMean(appProtocol, appProtocols);
  if (near !== undefined) findings.warning(path, `is not a protocol that the mesh knows: ${quoted(appProtocol)}`, near);
}
