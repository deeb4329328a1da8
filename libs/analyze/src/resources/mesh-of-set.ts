import { parse } from 'yaml';
import { kindRefs } from './kind-refs.ts';
import { meshFacts, type MeshFacts } from './mesh.ts';
import { data, dataAt, text } from './read.ts';
import type { ResourceSet } from './resource-set.ts';

/** Kind that holds the configuration of the mesh as an object. */
export const meshConfigRef = 'mesh.istio.io/MeshConfig';

/** Name of Istio's ConfigMap with `mesh` and `meshNetworks`. */
const configMapName = 'istio';

/**
 * The configuration of the mesh as the resources of a set tell it: a MeshConfig object, else Istio's ConfigMap in the namespace of the control
 * plane, else the defaults. YAML that cannot be read counts as absent.
 */
export function meshOfSet(set: ResourceSet, istioNamespace: string): MeshFacts {
  const [config] = set.list(meshConfigRef);
  if (config !== undefined) return meshFacts(config.spec, config.spec);
  const map = set.find(kindRefs.configMap, istioNamespace, configMapName);
  const values = dataAt(map?.resource, 'data');
  return meshFacts(parsed(text(values, 'mesh')), parsed(text(values, 'meshNetworks')));
}

function parsed(yaml: string): unknown {
  try {
    return data(parse(yaml));
  } catch {
    return {};
  }
}
