import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { text } from '../../resources/read.ts';
import { portsOf, type ServicePort } from '../../resources/services.ts';
import { isControlPlane } from '../workloads/control-plane.ts';

const protocols = new Set([
  'tcp',
  'udp',
  'grpc',
  'grpc-web',
  'http',
  'http_proxy',
  'http2',
  'https',
  'tls',
  'mongo',
  'redis',
  'mysql',
]);
/** Values of appProtocol that Kubernetes defines: KEP-3726. */
const kubernetesProtocols = new Set(['kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss']);
/** SMTP, DNS, MySQL, MongoDB: the server speaks first, so that these are TCP without a word. */
const tcpPorts = new Set([25, 53, 3306, 27017]);
/** Gateways that a controller made: nobody can change their Services. */
const managed = new Set(['istio.io-gateway-controller', 'istio.io-mesh-controller', 'istio.io-eastwest-controller']);

/** Whether a port tells its protocol. Source: Istio pkg/config/kube, ConvertProtocol */
function tellsProtocol({ name, port, protocol, appProtocol }: ServicePort): boolean {
  if (protocol === 'UDP') return true;
  if (appProtocol !== undefined && kubernetesProtocols.has(appProtocol)) return true;
  const word = (appProtocol ?? name).toLowerCase();
  return word.startsWith('grpc-web') || protocols.has(word.split('-')[0] ?? '') || tcpPorts.has(port);
}

/** Whether the ports of Services tell their protocol. */
export const portNames: Analyzer = {
  name: 'service.PortNameAnalyzer',
  description: 'Checks that the ports of Services tell their protocol',
  inputs: [kindRefs.service],
  origins: [kindRefs.service],
  codes: ['IST0118', 'IST0150'],
  *analyze({ subjects }) {
    for (const subject of subjects(kindRefs.service)) {
      if (isControlPlane(subject) || managed.has(subject.labels['gateway.istio.io/managed'] ?? '')) continue;
      const isExternal = text(subject.spec, 'type') === 'ExternalName';
      for (const [i, port] of portsOf(subject).entries()) {
        if (tellsProtocol(port) && !(isExternal && port.name === 'tcp')) continue;
        const path = ['spec', 'ports', i, 'port'];
        if (isExternal) yield findingOf('IST0150', { subject, path });
        else yield findingOf('IST0118', { subject, args: [port.name, port.port, port.targetPort || '0'], path });
      }
    }
  },
};
