import type { Resource } from '@malla/model';
import { parse } from 'yaml';
import type { ClusterPart } from './cluster-objects.ts';

/** Istio keeps the configuration of the mesh in this ConfigMap of the root namespace, as YAML below the key `mesh`. */
export const meshConfigMapName = 'istio';

/** On a MeshConfig that a ConfigMap is the source of: which one. */
const sourceAnnotation = 'malla.io/config-map';

/** True for a MeshConfig that is no object of the cluster itself. */
export function isFromConfigMap({ metadata }: Resource): boolean {
  return metadata.annotations?.[sourceAnnotation] !== undefined;
}

/** Takes ConfigMaps and hands over the MeshConfigs that they are; one without the key `mesh` is none. */
export function asMeshConfigs(part: ClusterPart): ClusterPart {
  return {
    ...part,
    replace: (objects) => part.replace(objects.filter(hasConfig).map(meshConfigOf)),
    set: (object) => (hasConfig(object) ? part.set(meshConfigOf(object)) : part.delete(meshConfigOf(object))),
    delete: (object) => part.delete(meshConfigOf(object)),
  };
}

function hasConfig(configMap: Resource): boolean {
  return textOf(configMap) !== undefined;
}

function meshConfigOf(configMap: Resource): Resource {
  const { name, namespace, uid, creationTimestamp } = configMap.metadata;
  return {
    apiVersion: 'mesh.istio.io/v1alpha1',
    kind: 'MeshConfig',
    metadata: { name, uid, creationTimestamp, annotations: { [sourceAnnotation]: `${namespace ?? ''}/${name}` } },
    spec: read(textOf(configMap) ?? ''),
  };
}

function textOf(configMap: Resource): string | undefined {
  return (configMap['data'] as Readonly<Record<string, string>> | undefined)?.['mesh'];
}

/** What does not read becomes a spec that no check lets pass. */
function read(text: string): unknown {
  try {
    return parse(text) ?? {};
  } catch {
    return text;
  }
}
