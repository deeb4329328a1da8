import { kindRefs } from '../../resources/kind-refs.ts';
import { data, dataAt, text, type Data } from '../../resources/read.ts';
import type { Derivation, ResourceSet } from '../../resources/resource-set.ts';

const derivation: Derivation<ReadonlyMap<string, Data>> = {
  inputs: [kindRefs.configMap],
  build: (set) =>
    new Map(
      set
        .list(kindRefs.configMap)
        .filter(({ name }) => name.startsWith('istio-sidecar-injector'))
        .map(({ name, resource }) => [name, parsed(text(dataAt(resource, 'data'), 'values'))]),
    ),
};

/** Values of the injectors of all revisions, by the name of their ConfigMap. */
export function injectorValues(set: ResourceSet): ReadonlyMap<string, Data> {
  return set.derive(derivation);
}

function parsed(json: string): Data {
  try {
    return data(JSON.parse(json));
  } catch {
    return {};
  }
}
