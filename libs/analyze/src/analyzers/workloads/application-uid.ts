import type { FieldPath } from '@malla/model';
import type { Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { proxyContainer } from '../../resources/pods.ts';
import { dataAt, items, text } from '../../resources/read.ts';
import type { Subject } from '../../resources/subject.ts';
import { isControlPlane } from './control-plane.ts';

/** User that the proxy runs as: its traffic is not redirected. */
const proxyUser = 1337;
const own = new Set([proxyContainer, 'istio-operator']);

const isProxyUser = (holder: unknown) => dataAt(holder, 'securityContext')['runAsUser'] === proxyUser;

/** Whether applications run with the user of the proxy. */
export const applicationUid: Analyzer = {
  name: 'applicationUID.Analyzer',
  description: 'Checks that applications do not run with the user ID of the proxy',
  inputs: [kindRefs.pod, kindRefs.deployment],
  optional: [kindRefs.pod],
  origins: [kindRefs.pod, kindRefs.deployment],
  codes: ['IST0144'],
  *analyze({ subjects }) {
    for (const subject of subjects(kindRefs.pod)) yield* checkSpec(subject, subject.spec, ['spec']);
    for (const subject of subjects(kindRefs.deployment))
      yield* checkSpec(subject, dataAt(subject.spec, 'template', 'spec'), ['spec', 'template', 'spec']);
  },
};

function* checkSpec(subject: Subject, spec: unknown, path: FieldPath): Iterable<Finding> {
  if (isControlPlane(subject)) return;
  const user = ['securityContext', 'runAsUser'];
  const places = [
    ...(isProxyUser(spec) ? [[...path, ...user]] : []),
    ...items(spec, 'containers').flatMap((container, i) =>
      isProxyUser(container) && !own.has(text(container, 'name')) ? [[...path, 'containers', i, ...user]] : [],
    ),
  ];
  // One finding for a resource: its message does not tell containers apart.
  if (places[0] !== undefined) yield findingOf('IST0144', { subject, path: places[0] });
}
