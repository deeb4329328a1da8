import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';

/** Bundle versions that these CRDs need. Source: Istio pkg/config/schema/gatewayapi, MinimumCRDVersions */
const minimum: Readonly<Record<string, readonly [number, number, number]>> = {
  'grpcroutes.gateway.networking.k8s.io': [1, 1, 0],
  'backendtlspolicies.gateway.networking.k8s.io': [1, 4, 0],
  'tlsroutes.gateway.networking.k8s.io': [1, 5, 0],
  'tcproutes.gateway.networking.k8s.io': [1, 6, 0],
};

const version = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** Whether the CRDs of the Gateway API are new enough for their objects to be read. */
export const crdVersions: Analyzer = {
  name: 'k8sgateway.CRDVersionAnalyzer',
  description: 'Checks the versions of the CRDs of the Gateway API',
  inputs: [kindRefs.customResourceDefinition],
  origins: [kindRefs.customResourceDefinition],
  codes: ['IST0176'],
  *analyze({ subjects }) {
    for (const subject of subjects(kindRefs.customResourceDefinition)) {
      const needed = minimum[subject.name];
      const given = version.exec(subject.annotations['gateway.networking.k8s.io/bundle-version'] ?? '');
      if (needed === undefined || given === null) continue;
      const [major, minor, patch] = given.slice(1, 4).map((part) => Number(part ?? 0)) as [number, number, number];
      const difference = major - needed[0] || minor - needed[1] || patch - needed[2];
      if (difference >= 0) continue;
      yield findingOf('IST0176', {
        subject,
        args: [subject.name, `${major}.${minor}.${patch}${given[4] ?? ''}`, needed.join('.')],
        path: ['metadata', 'annotations', 'gateway.networking.k8s.io/bundle-version'],
      });
    }
  },
};
