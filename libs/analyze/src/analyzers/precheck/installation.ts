import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { items, text, dataAt } from '../../resources/read.ts';

/** Oldest minor version of Kubernetes 1 that works. Source: Istio 1.32, istioctl/pkg/install/k8sversion */
const oldestMinor = 32;

/** Whether Kubernetes is new enough; asked when its version is known. */
export const kubernetesVersion: Analyzer = {
  name: 'precheck.KubernetesVersionAnalyzer',
  description: 'Checks the version of Kubernetes before an installation',
  inputs: [],
  origins: [],
  codes: ['IST0142'],
  onRequest: true,
  *analyze({ environment: { kubernetesVersion: version } }) {
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
    if (version === undefined || major === undefined) return;
    if (Number(major) > 1 || Number(minor) >= oldestMinor) return;
    yield findingOf('IST0142', { subject: undefined, args: [version, `1.${oldestMinor}`] });
  },
};

/** Whether the user may create what an installation needs; asked when that was tried. */
export const permissions: Analyzer = {
  name: 'precheck.PermissionAnalyzer',
  description: 'Checks the rights of the user before an installation',
  inputs: [],
  origins: [],
  codes: ['IST0141'],
  onRequest: true,
  *analyze({ environment: { denied = [] } }) {
    for (const { resource, reason } of denied)
      yield findingOf('IST0141', { subject: undefined, args: [resource, reason] });
  },
};

const gatewayGroup = 'gateway.networking.k8s.io';
const needBeta = new Set(['Gateway', 'GatewayClass', 'HTTPRoute', 'ReferenceGrant']);
const needStable = new Set(['Gateway', 'GatewayClass', 'HTTPRoute', 'GRPCRoute']);

/** Whether the cluster serves the versions of the Gateway API that are read. Source: Istio istioctl/pkg/precheck, checkGatewayAPIs */
export const gatewayApiVersions: Analyzer = {
  name: 'precheck.GatewayAPIVersionAnalyzer',
  description: 'Checks the served versions of the Gateway API before an installation',
  inputs: [kindRefs.customResourceDefinition],
  origins: [kindRefs.customResourceDefinition],
  codes: ['IST0156', 'IST0172'],
  onRequest: true,
  *analyze({ subjects }) {
    for (const subject of subjects(kindRefs.customResourceDefinition)) {
      if (text(subject.spec, 'group') !== gatewayGroup) continue;
      const kind = text(dataAt(subject.spec, 'names'), 'kind');
      const served = items(subject.spec, 'versions')
        .filter((version) => version['served'] === true)
        .map((version) => text(version, 'name'))
        .sort();
      const has = served.length === 0 ? 'none' : served.join(',');
      const path = ['spec', 'versions'];
      if (needBeta.has(kind) && !served.includes('v1beta1'))
        yield findingOf('IST0156', { subject, args: [has, 'v1beta1'], path });
      if (needStable.has(kind) && !served.includes('v1'))
        yield findingOf('IST0172', { subject, args: [has, 'v1'], path });
    }
  },
};
