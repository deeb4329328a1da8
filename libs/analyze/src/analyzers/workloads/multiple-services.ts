import type { Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { isDeploymentInMesh } from '../../resources/pods.ts';
import { dataAt, textMap } from '../../resources/read.ts';
import { portsOf, servicesTaking } from '../../resources/services.ts';
import type { Subject } from '../../resources/subject.ts';

/** Whether the Services of a Deployment can be told apart. */
export const multipleServices: Analyzer = {
  name: 'deployment.MultiServiceAnalyzer',
  description: 'Checks that the Services of a Deployment agree about ports and protocols',
  inputs: [kindRefs.service, kindRefs.deployment, kindRefs.namespace],
  origins: [kindRefs.deployment],
  codes: ['IST0116', 'IST0137'],
  *analyze({ set, subjects }) {
    for (const subject of subjects(kindRefs.deployment)) {
      if (subject.labels['gateway.istio.io/managed'] === 'istio.io-mesh-controller') continue;
      if (!isDeploymentInMesh(set, subject)) continue;
      const labels = textMap(dataAt(subject.spec, 'template', 'metadata'), 'labels');
      const services = servicesTaking(set, subject.namespace, labels, false);
      yield* checkProtocols(subject, services);
      yield* checkTargets(subject, services);
    }
  },
};

const path = ['metadata', 'name'];

function* checkProtocols(subject: Subject, services: readonly Subject[]): Iterable<Finding> {
  const uses = services.flatMap((service) => portsOf(service).map((port) => ({ ...port, service: service.fullName })));
  for (const [port, same] of Map.groupBy(uses, (use) => use.port)) {
    if (new Set(same.map((use) => use.protocol)).size < 2) continue;
    const names = same.map((use) => use.service).sort();
    yield findingOf('IST0116', { subject, args: [subject.name, port, names], path });
  }
}

function* checkTargets(subject: Subject, services: readonly Subject[]): Iterable<Finding> {
  const byTarget = new Map<string, Map<number, string>>();
  for (const service of services)
    for (const { port, targetPort } of portsOf(service)) {
      const target = targetPort === '' || targetPort === '0' ? String(port) : targetPort;
      byTarget.set(target, (byTarget.get(target) ?? new Map<number, string>()).set(port, service.fullName));
    }
  for (const [target, byPort] of byTarget) {
    if (byPort.size < 2) continue;
    const ports = [...byPort.keys()].sort((a, b) => a - b);
    yield findingOf('IST0137', { subject, args: [subject.name, [...byPort.values()].sort(), target, ports], path });
  }
}
