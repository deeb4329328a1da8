import { isDeepStrictEqual } from 'node:util';
import { MallaError, type Resource } from '@malla/model';
import { keyOf, type ResourceStore, type WriteOperation } from '@malla/store';
import { stampNew, stampNext, type StampParams } from '../resources/stamp.ts';
import { builtinRoles } from './builtin-roles.ts';

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

/**
 * Makes the built-in roles and bindings, and brings their rules up to date unless their annotation `autoupdate` says false; in one commit,
 * and safe when replicas do it at once.
 */
export async function ensureRoles(store: ResourceStore, stamp: StampParams): Promise<void> {
  const operations: WriteOperation[] = [];
  for (const wanted of builtinRoles() as readonly unknown[] as readonly Resource[]) {
    const found = await store.get(keyOf(wanted));
    if (found === undefined) operations.push({ type: 'create', object: stampNew(wanted, stamp) });
    else if (!isCurrent(wanted, found.object)) {
      const { metadata: _, ...content } = wanted;
      const object = stampNext({ ...found.object, ...content } as Resource, found.object);
      operations.push({ type: 'replace', object, expectedRevision: found.revision });
    }
  }
  if (operations.length === 0) return;
  try {
    await store.write({ operations, author: 'system:config-api', changeId: stamp.newUid() });
  } catch (thrown) {
    // Another replica was faster with the same.
    if (!['already_exists', 'conflict'].includes(MallaError.from(thrown).code)) throw thrown;
  }
}

function isCurrent(wanted: Resource, found: Resource): boolean {
  if (found.metadata.annotations?.[autoupdate] === 'false') return true;
  return ['rules', 'roleRef', 'subjects'].every((field) => isDeepStrictEqual(found[field], wanted[field]));
}
