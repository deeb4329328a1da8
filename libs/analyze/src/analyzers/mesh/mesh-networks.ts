import type { Analyzer } from '../../analyzer.ts';
import { findingOf } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { dataAt, items, text } from '../../resources/read.ts';
import { subjectOf } from '../../resources/subject.ts';

/** Registries that are always there. */
const builtIn = ['Mock', 'Kubernetes', 'External'];

/** Whether MeshNetworks names clusters that the mesh knows. */
export const meshNetworks: Analyzer = {
  name: 'meshnetworks.MeshNetworksAnalyzer',
  description: 'Checks the registries that MeshNetworks names',
  inputs: [kindRefs.secret],
  origins: [],
  codes: ['IST0126'],
  *analyze({ set, mesh }) {
    const remote = set
      .list(kindRefs.secret)
      .filter(({ labels }) => labels['istio/multiCluster'] === 'true')
      .flatMap(({ resource }) => ['data', 'stringData'].flatMap((field) => Object.keys(dataAt(resource, field))));
    const known = new Set([...builtIn, ...remote]);
    const subject = subjectOf({
      apiVersion: 'mesh.istio.io/v1alpha1',
      kind: 'MeshNetworks',
      metadata: { name: 'meshnetworks', namespace: mesh.rootNamespace },
      ...mesh.networks,
    });
    for (const [name, network] of Object.entries(dataAt(mesh.networks, 'networks')))
      for (const [i, endpoint] of items(network, 'endpoints').entries()) {
        const registry = text(endpoint, 'fromRegistry');
        if (registry === '' || known.has(registry)) continue;
        yield findingOf('IST0126', { subject, args: [registry, name], path: ['networks', name, 'endpoints', i] });
      }
  },
};
