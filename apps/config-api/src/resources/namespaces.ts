import type { Resource } from '@malla/model';
import { MallaError } from '@malla/model';
import type { ResourceKey, ResourceStore } from '@malla/store';
import { stampNew, type StampParams } from './stamp.ts';

/** The namespaces that are always there: the default one, the control plane's, and that of mesh-wide policies. */
export const meshNamespaces: readonly string[] = ['default', 'malla-system', 'istio-system'];

export function isProtectedNamespace(name: string): boolean {
  return meshNamespaces.includes(name);
}

export function namespaceKey(name: string): ResourceKey {
  return { group: '', kind: 'Namespace', namespace: '', name };
}

/** True for a key of a namespace. */
export function isNamespaceKey({ group, kind }: Pick<ResourceKey, 'group' | 'kind'>): boolean {
  return group === '' && kind === 'Namespace';
}

/** True once the deletion of an object was asked for. */
export function isTerminating(object: Resource): boolean {
  return object.metadata.deletionTimestamp != null;
}

/** Makes the namespaces of the mesh that are missing; safe when replicas do it at once. */
export async function ensureNamespaces(store: ResourceStore, stamp: StampParams): Promise<void> {
  for (const name of meshNamespaces) {
    if ((await store.get(namespaceKey(name))) !== undefined) continue;
    const object: Resource = stampNew({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, stamp);
    try {
      await store.write({
        operations: [{ type: 'create', object }],
        author: 'system:config-api',
        changeId: stamp.newUid(),
      });
    } catch (thrown) {
      if (MallaError.from(thrown).code !== 'already_exists') throw thrown;
    }
  }
}
