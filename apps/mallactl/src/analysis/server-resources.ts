import { ignoredNamespaces, kindRefOf, kindRefs, meshConfigRef, runtimeKinds, type KindRef } from '@malla/analyze';
import { findKind, MallaError, type KindDefinition, type Resource } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import { collectionPath } from '../connection/resource-paths.ts';

/** What a server has of the kinds that analysis reads. */
export interface ServerResources {
  readonly resources: readonly Resource[];
  /** Kinds that the server does not have, or that this user may not read. */
  readonly unavailable: ReadonlySet<KindRef>;
  /** Kinds that there are none of because what runs is registered elsewhere. */
  readonly absent: ReadonlySet<KindRef>;
}

export interface ServerParams {
  readonly client: ApiClient;
  readonly kinds: ReadonlySet<KindRef>;
  /** Configuration for another revision of the control plane is left out. */
  readonly revision: string;
}

/** Objects of a page: enough for few requests, and small enough for any server. */
const pageSize = 500;
const revisionLabel = 'istio.io/rev';

/** Left out of other clusters, as in Istio: what only the main cluster is asked for. */
const mainOnly: ReadonlySet<KindRef> = new Set([
  kindRefs.deployment,
  kindRefs.configMap,
  kindRefs.validatingWebhook,
  kindRefs.mutatingWebhook,
]);

/** Kinds to read of another cluster of the mesh. */
export function remoteKinds(kinds: ReadonlySet<KindRef>): ReadonlySet<KindRef> {
  return new Set([...kinds].filter((ref) => !mainOnly.has(ref)));
}

/** Reads every object of the kinds, in all namespaces but those of Kubernetes itself. */
export async function readServer({ client, kinds, revision }: ServerParams): Promise<ServerResources> {
  const wanted = new Set<KindRef>([...kinds, kindRefs.configMap, meshConfigRef]);
  const unavailable = new Set<KindRef>();
  const read = async (ref: KindRef): Promise<readonly Resource[]> => {
    const [group = '', kind = ''] = ref.split('/');
    const definition = findKind(group, kind);
    const found = definition === undefined ? undefined : await listAll(client, definition);
    if (found === undefined) unavailable.add(ref);
    return (found ?? []).filter((resource) => isAnalysed(resource, ref, revision));
  };
  const resources = (await Promise.all([...wanted].map(read))).flat();
  // Without any pod the server does not know what runs: workloads outside Kubernetes are registered elsewhere.
  const hasPods = resources.some((resource) => kindRefOf(resource) === kindRefs.pod);
  return { resources, unavailable, absent: new Set(hasPods ? [] : [kindRefs.pod]) };
}

/** Undefined if the server has no such kind, or does not show it to this user. */
async function listAll(client: ApiClient, definition: KindDefinition): Promise<readonly Resource[] | undefined> {
  const found: Resource[] = [];
  const apiVersion = `${definition.group === '' ? '' : `${definition.group}/`}${definition.versions[0]}`;
  let next: string | undefined;
  do {
    const page = await client
      .get<ListPage>(collectionPath(definition), { limit: String(pageSize), continue: next })
      .catch((thrown: unknown) => {
        if (['not_found', 'permission_denied'].includes(MallaError.from(thrown).code)) return undefined;
        throw thrown;
      });
    if (page === undefined) return undefined;
    found.push(
      ...page.items.map((item) => ({ ...item, apiVersion: item.apiVersion ?? apiVersion, kind: definition.kind })),
    );
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return found;
}

interface ListPage {
  readonly metadata?: { readonly continue?: string };
  readonly items: readonly Resource[];
}

function isAnalysed({ metadata }: Resource, ref: KindRef, revision: string): boolean {
  const namespace = ref === kindRefs.namespace ? metadata.name : metadata.namespace;
  if (ignoredNamespaces.has(namespace ?? '')) return false;
  const own = metadata.labels?.[revisionLabel];
  return runtimeKinds.has(ref) || own === undefined || own === revision;
}
