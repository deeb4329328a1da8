import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { items, number } from '../../resources/read.ts';
import { portsOf, servicesTaking } from '../../resources/services.ts';

/** Whether an upgrade changes the behaviour of something in use; asked when the old release is known. */
export const upgradeCompatibility: Analyzer = {
  name: 'precheck.UpgradeAnalyzer',
  description: 'Checks what changes with an upgrade',
  inputs: [kindRefs.service],
  origins: [kindRefs.service],
  codes: ['IST0168', 'IST0169'],
  onRequest: true,
  *analyze({ set, mesh, environment: { upgradeFrom, changedDefaults = [] } }) {
    if (upgradeFrom === undefined) return;
    for (const { field, release, info, compatibilityVersion } of changedDefaults)
      if (minorOf(upgradeFrom) < minorOf(release))
        yield findingOf('IST0168', { subject: undefined, args: [field, release, info, compatibilityVersion] });
    // Until 1.21 traces went to this Service without any configuration. Source: Istio istioctl/pkg/precheck, checkTracing
    const subject = set.find(kindRefs.service, mesh.rootNamespace, 'zipkin');
    if (subject === undefined || minorOf(upgradeFrom) > 21) return;
    const info = 'traces are no longer sent to the Service zipkin by default; name a provider with a Telemetry';
    yield findingOf('IST0169', { subject, args: ['meshConfig.defaultConfig.tracer', '1.22', info, '1.21'] });
  },
};

function minorOf(release: string): number {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major ?? 0) * 1000 + Number(minor ?? 0) - 1000;
}

const isLocal = (address: string) => address.startsWith('127.') || address === '::1';

/** Whether ports of Services are only listened on at localhost; asked when the sockets of pods are known. */
export const localhostListeners: Analyzer = {
  name: 'precheck.LocalhostListenerAnalyzer',
  description: 'Checks that applications listen where their Services lead to',
  inputs: [kindRefs.pod, kindRefs.service],
  origins: [kindRefs.pod],
  codes: ['IST0143'],
  onRequest: true,
  *analyze({ set, environment: { listeners = [] } }) {
    for (const [key, sockets] of Map.groupBy(listeners, (each) => `${each.namespace}/${each.pod}/${each.port}`)) {
      const [socket] = sockets;
      if (socket === undefined || sockets.some(({ address }) => !isLocal(address))) continue;
      const subject = set.find(kindRefs.pod, socket.namespace, socket.pod);
      if (subject === undefined || key === '') continue;
      const named = new Map(
        items(subject.spec, 'containers').flatMap((container) =>
          items(container, 'ports').map((port) => [String(port['name'] ?? ''), number(port, 'containerPort')] as const),
        ),
      );
      const targets = servicesTaking(set, subject.namespace, subject.labels, false).flatMap((service) =>
        portsOf(service).map(({ port, targetPort }) => named.get(targetPort) ?? (Number(targetPort) || port)),
      );
      if (targets.includes(socket.port)) yield findingOf('IST0143', { subject, args: [String(socket.port)] });
    }
  },
};
