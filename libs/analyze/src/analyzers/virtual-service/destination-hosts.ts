import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { items, text, texts, dataAt } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import { serviceHostsOf } from '../../resources/service-hosts.ts';
import type { Subject } from '../../resources/subject.ts';
import { destinationsOf } from './routes.ts';

/** VirtualServices that route their own host to a subset, by that host, once for each such route. */
const subsetsByHost: Derivation<ReadonlyMap<string, readonly Subject[]>> = {
  inputs: [kindRefs.virtualService],
  build(set) {
    const byHost = new Map<string, Subject[]>();
    for (const service of set.list(kindRefs.virtualService)) {
      const hosts = new Set(texts(service.spec, 'hosts'));
      for (const rule of items(service.spec, 'http'))
        for (const route of items(rule, 'route')) {
          const destination = dataAt(route, 'destination');
          const host = text(destination, 'host');
          if (text(destination, 'subset') === '' || !hosts.has(host)) continue;
          const known = byHost.get(host);
          if (known === undefined) byHost.set(host, [service]);
          else if (known.at(-1) !== service) known.push(service);
        }
    }
    return byHost;
  },
};

/** Whether destinations exist, with their ports; and whether a gateway reads the subsets that another VirtualService sets. */
export const destinationHosts: Analyzer = {
  name: 'virtualservice.DestinationHostAnalyzer',
  description: 'Checks that the destinations of VirtualServices exist, with their ports',
  inputs: [kindRefs.serviceEntry, kindRefs.virtualService, kindRefs.service],
  origins: [kindRefs.virtualService],
  codes: ['IST0101', 'IST0112', 'IST0140'],
  *analyze(view) {
    for (const subject of view.subjects(kindRefs.virtualService)) {
      yield* checkDestinations(view, subject);
      yield* checkSubsets(view, subject);
    }
  },
};

function* checkDestinations({ set }: AnalysisView, subject: Subject): Iterable<Finding> {
  const hosts = serviceHostsOf(set);
  const exportTo = texts(subject.spec, 'exportTo');
  for (const { host, port, path, isMirror } of destinationsOf(subject)) {
    const found = hosts.find(subject.namespace, exportTo, host);
    if (found === undefined) {
      const args = [isMirror ? 'mirror host' : 'host', host];
      yield findingOf('IST0101', { subject, args, path: [...path, 'host'] });
    } else if (port === undefined) {
      if (found.ports.length < 2) continue;
      const ports = found.ports.map((p) => p.number);
      yield findingOf('IST0112', { subject, args: [host, ports], path: [...path, 'host'] });
    } else if (!found.ports.some((p) => p.number === port)) {
      yield findingOf('IST0101', {
        subject,
        args: ['host:port', `${host}:${port}`],
        path: [...path, 'port', 'number'],
      });
    }
  }
}

/** Routes of a gateway without a subset, to a host whose subsets another VirtualService sets. */
function* checkSubsets({ set }: AnalysisView, subject: Subject): Iterable<Finding> {
  if (texts(subject.spec, 'gateways').length === 0) return;
  for (const [i, rule] of items(subject.spec, 'http').entries()) {
    for (const [j, route] of items(rule, 'route').entries()) {
      const destination = dataAt(route, 'destination');
      if (text(destination, 'subset') !== '') continue;
      for (const other of set.derive(subsetsByHost).get(text(destination, 'host')) ?? []) {
        const path = ['spec', 'http', i, 'route', j, 'destination', 'host'];
        yield findingOf('IST0140', { subject, args: [other.fullName, subject.fullName], path });
      }
    }
  }
}
