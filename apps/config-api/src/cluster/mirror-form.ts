import { findKind, groupOf, type Resource } from '@malla/model';
import { isNamespaceKey } from '../resources/namespaces.ts';

/** In it `kubectl apply` keeps a copy of the whole object: what it changes is in the object itself. */
const appliedCopy = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * An object of the cluster as it is stored: what is wanted, with the identity, the age and the generation that the cluster gave it. Its status
 * is written there and not here; finalizers, owners and deletion are the cluster's business, which does what they ask for.
 */
export function mirrorForm(object: Resource): Resource {
  const { name, namespace, labels, annotations, uid, creationTimestamp, generation } = object.metadata;
  const { [appliedCopy]: _, ...notes } = annotations ?? {};
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(notes).length === 0 ? {} : { annotations: notes }),
    ...(uid === undefined ? {} : { uid }),
    ...(creationTimestamp == null ? {} : { creationTimestamp }),
    generation: generation ?? 1,
  };
  const { apiVersion, kind } = object;
  return { apiVersion, kind, metadata, ...(isNamespaceKey(kindOf(object)) ? {} : payloadOf(object)) };
}

function kindOf({ apiVersion, kind }: Resource) {
  return { group: groupOf(apiVersion), kind };
}

/** The fields that the kind has; a field that it does not know is refused later, and must not get lost before. */
function payloadOf(object: Resource): object {
  const { apiVersion: _, kind: _kind, metadata: _metadata, status, ...payload } = object;
  const definition = findKind(groupOf(object.apiVersion), object.kind);
  const hasStatus = definition !== undefined && Object.hasOwn(definition.payload, 'status');
  return hasStatus || status === undefined ? payload : { ...payload, status };
}
