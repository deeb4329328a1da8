import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { selectorText } from '../../resources/labels.ts';
import { podsOf } from '../../resources/pods.ts';
import { dataAt, hasData, items, number, textMap } from '../../resources/read.ts';
import type { ResourceSet } from '../../resources/resource-set.ts';
import { portsOf, servicesTaking } from '../../resources/services.ts';
import type { Subject } from '../../resources/subject.ts';

/** Whether the ports of a Gateway can be reached through a Service of its workload. */
export const gatewayServicePorts: Analyzer = {
  name: 'gateway.IngressGatewayPortAnalyzer',
  description: 'Checks the ports of Gateways against the Services of their workloads',
  inputs: [kindRefs.gateway, kindRefs.pod, kindRefs.service],
  origins: [kindRefs.gateway],
  codes: ['IST0101', 'IST0162'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.gateway)) {
      const selector = textMap(subject.spec, 'selector');
      const pods = [...podsOf(set).all.matching(selector)];
      if (pods.length === 0) {
        yield findingOf('IST0101', {
          subject,
          args: ['selector', selectorText(selector)],
          path: ['spec', 'selector', ...Object.keys(selector).sort().slice(0, 1)],
        });
        continue;
      }
      const ports = reachablePorts(set, pods);
      for (const [i, server] of items(subject.spec, 'servers').entries()) {
        const port = number(dataAt(server, 'port'), 'number') ?? 0;
        if (!hasData(server, 'port') || ports.has(port)) continue;
        const path = ['spec', 'servers', i, 'port', 'number'];
        yield findingOf('IST0162', { subject, args: [port, selectorText(selector)], path });
      }
    }
  },
};

/** Target ports of the pods' Services, and the ports that lead to them. */
function reachablePorts(set: ResourceSet, pods: readonly Subject[]): Set<number> {
  const services = new Set(pods.flatMap((pod) => servicesTaking(set, pod.namespace, pod.labels, true)));
  const ports = new Set<number>();
  for (const service of services)
    for (const { port, targetPort, protocol } of portsOf(service)) {
      if (protocol !== 'TCP') continue;
      if (Number(targetPort) > 0) ports.add(Number(targetPort));
      ports.add(port);
    }
  return ports;
}
