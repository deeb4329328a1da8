import { didYouMean, type FieldPath, type Service, type ServiceSpec } from '@malla/model';
import type { Findings } from '../findings.ts';
import { dnsLabelProblem } from '../values/labels.ts';

type Port = ServiceSpec['ports'][number];

const nameProtocols = ['http', 'http2', 'grpc', 'tcp'];
const appProtocols = ['http', 'http2', 'kubernetes.io/h2c', 'grpc', 'tcp'];

/** Protocols of Istio that Malla does not serve yet. Source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
const otherProtocols = new Set([
  ...['https', 'tls', 'mongo', 'mysql', 'redis', 'udp', 'grpc-web', 'hbone', 'auto'],
  ...['kubernetes.io/ws', 'kubernetes.io/wss', 'gateway-proxy'],
]);

/** Checks a Service as far as the mesh reads it: its ports must say their protocol. */
export function checkService(findings: Findings, resource: Service): void {
  const name = dnsLabelProblem(resource.metadata.name);
  if (name !== undefined) findings.error(['metadata', 'name'], name);
  const { ports } = resource.spec;
  const names = new Set<string>();
  const numbers = new Set<number>();
  for (const [i, port] of ports.entries()) {
    const path = ['spec', 'ports', i];
    if (port.name === undefined && ports.length > 1)
      findings.error([...path, 'name'], 'is required with several ports');
    if (port.name !== undefined && names.has(port.name))
      findings.error([...path, 'name'], `"${port.name}" stands twice`);
    if (numbers.has(port.port)) findings.error([...path, 'port'], `port ${port.port} stands twice`);
    names.add(port.name ?? '');
    numbers.add(port.port);
    checkProtocol(findings, path, port);
  }
}

/** appProtocol wins over the name; the name counts up to its first dash. */
function checkProtocol(findings: Findings, path: FieldPath, port: Port): void {
  if (port.appProtocol !== undefined) return checkAppProtocol(findings, [...path, 'appProtocol'], port.appProtocol);
  const prefix = port.name?.split('-')[0] ?? '';
  if (nameProtocols.includes(prefix)) return;
  if (otherProtocols.has(prefix))
    return findings.unsupported([...path, 'name'], `protocol ${prefix}`, `supported: ${nameProtocols.join(', ')}`);
  findings.unsupported(
    [...path, 'name'],
    'protocol detection',
    'name the port "http-..." (or http2-, grpc-, tcp-) or set appProtocol',
  );
}

function checkAppProtocol(findings: Findings, path: FieldPath, protocol: string): void {
  if (appProtocols.includes(protocol)) return;
  const hint = `supported: ${appProtocols.join(', ')}`;
  if (otherProtocols.has(protocol.toLowerCase())) return findings.unsupported(path, `protocol ${protocol}`, hint);
  findings.error(
    path,
    `"${protocol.slice(0, 80)}" is not a known protocol`,
    didYouMean(protocol, appProtocols) ?? hint,
  );
}
