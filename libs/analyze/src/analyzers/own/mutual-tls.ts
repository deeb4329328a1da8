import type { FieldPath } from '@malla/model';
import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { peerMode } from '../../resources/peer-authentications.ts';
import { dataAt, hasData, items, number, text, textMap, texts } from '../../resources/read.ts';
import { serviceHostsOf, type ServiceHost } from '../../resources/service-hosts.ts';
import { portsOf } from '../../resources/services.ts';
import type { Subject } from '../../resources/subject.ts';

/** Modes of clients that a server with a mode refuses. */
const refused: Readonly<Record<string, ReadonlySet<string>>> = {
  STRICT: new Set(['DISABLE', 'SIMPLE']),
  DISABLE: new Set(['ISTIO_MUTUAL', 'MUTUAL', 'SIMPLE']),
};

/** Whether the TLS that a DestinationRule sets up is accepted by the servers of its Service. */
export const mutualTls: Analyzer = {
  name: 'malla.MutualTlsAnalyzer',
  description: 'Checks that the TLS of DestinationRules fits the PeerAuthentications of their Services',
  inputs: [kindRefs.destinationRule, kindRefs.peerAuthentication, kindRefs.service, kindRefs.serviceEntry],
  origins: [kindRefs.destinationRule],
  codes: ['MAL0101'],
  *analyze(view) {
    for (const subject of view.subjects(kindRefs.destinationRule)) {
      const exportTo = texts(subject.spec, 'exportTo');
      const host = serviceHostsOf(view.set).find(subject.namespace, exportTo, text(subject.spec, 'host'));
      // What is outside the mesh has no PeerAuthentication.
      if (host === undefined || host.subject.ref !== kindRefs.service) continue;
      yield* checkPolicy(view, subject, host, subject.spec, ['spec']);
      for (const [i, subset] of items(subject.spec, 'subsets').entries())
        yield* checkPolicy(view, subject, host, subset, ['spec', 'subsets', i]);
    }
  },
};

function* checkPolicy(
  view: AnalysisView,
  subject: Subject,
  host: ServiceHost,
  holder: unknown,
  path: FieldPath,
): Iterable<Finding> {
  const policy = dataAt(holder, 'trafficPolicy');
  const ofPorts = items(policy, 'portLevelSettings');
  const ports = new Set(ofPorts.map((each) => number(dataAt(each, 'port'), 'number')));
  const labels = { ...textMap(host.subject.spec, 'selector'), ...textMap(holder, 'labels') };
  const base = [...path, 'trafficPolicy'];
  const others = host.ports.map((p) => p.number).filter((port) => !ports.has(port));
  yield* checkTls(view, subject, host, { tls: policy['tls'], ports: others, labels, path: [...base, 'tls', 'mode'] });
  for (const [i, each] of ofPorts.entries())
    yield* checkTls(view, subject, host, {
      tls: each['tls'],
      ports: [number(dataAt(each, 'port'), 'number') ?? 0],
      labels,
      path: [...base, 'portLevelSettings', i, 'tls', 'mode'],
    });
}

interface TlsPlace {
  readonly tls: unknown;
  readonly ports: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
  readonly path: FieldPath;
}

function* checkTls(view: AnalysisView, subject: Subject, host: ServiceHost, place: TlsPlace): Iterable<Finding> {
  if (!hasData({ tls: place.tls }, 'tls')) return;
  const mode = text(place.tls, 'mode') || 'DISABLE';
  for (const port of place.ports) {
    const found = portsOf(host.subject).find((p) => p.port === port);
    const target = Number(found?.targetPort) > 0 ? Number(found?.targetPort) : port;
    const { namespace } = host.subject;
    const peer = peerMode(view.set, view.mesh, { namespace, labels: place.labels, port: target });
    if (peer === undefined || refused[peer.mode]?.has(mode) !== true) continue;
    const args = [mode, text(subject.spec, 'host'), peer.policy.fullName, peer.mode];
    yield findingOf('MAL0101', { subject, args, path: place.path });
    return;
  }
}
