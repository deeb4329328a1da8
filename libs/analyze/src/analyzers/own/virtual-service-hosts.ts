import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { texts } from '../../resources/read.ts';
import { serviceHostsOf } from '../../resources/service-hosts.ts';
import { meshGateway } from '../virtual-service/gateways.ts';

const address = /^\d{1,3}(\.\d{1,3}){3}$|:/;

/** Whether sidecars ever see requests for the hosts of VirtualServices. A host that a gateway serves too may be meant for it alone. */
export const virtualServiceHosts: Analyzer = {
  name: 'malla.VirtualServiceHostAnalyzer',
  description: 'Checks that the hosts of VirtualServices for sidecars are services of the mesh',
  inputs: [kindRefs.virtualService, kindRefs.service, kindRefs.serviceEntry],
  origins: [kindRefs.virtualService],
  codes: ['MAL0105'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.virtualService)) {
      const gateways = texts(subject.spec, 'gateways');
      if (gateways.length > 0 && gateways.some((gateway) => gateway !== meshGateway)) continue;
      for (const [i, host] of texts(subject.spec, 'hosts').entries()) {
        if (host.startsWith('*') || address.test(host)) continue;
        if (serviceHostsOf(set).find(subject.namespace, [], host) !== undefined) continue;
        yield findingOf('MAL0105', { subject, args: [host], path: ['spec', 'hosts', i] });
      }
    }
  },
};
