import { groupList, resourceList } from './discovery-documents.ts';

/** What clients ask for to learn all kinds by two requests; https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const mediaTypes: readonly string[] = ['v2', 'v2beta1'];

/** The version of aggregated discovery that an Accept header prefers over plain documents; undefined if it does not ask for it. */
export function aggregatedVersion(accept: string | undefined): string | undefined {
  for (const entry of (accept ?? '').split(',')) {
    const parts = entry.split(';').map((part) => part.trim().toLowerCase());
    if (parts[0] !== 'application/json') continue;
    if (!parts.includes('as=apigroupdiscoverylist') || !parts.includes('g=apidiscovery.k8s.io')) return undefined;
    const version = parts.find((part) => part.startsWith('v='))?.slice(2);
    if (version !== undefined && mediaTypes.includes(version)) return version;
  }
  return undefined;
}

/** The content type of such an answer. */
export function aggregatedType(version: string): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** Every kind below `/api` or `/apis`. */
export function aggregatedDocument(root: 'api' | 'apis', version: string): object {
  const groups: readonly Group[] =
    root === 'api' ? [{ name: '', versions: [{ version: 'v1' }] }] : (groupList() as { groups: Group[] }).groups;
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { name, creationTimestamp: null },
      versions: versions.map((each) => ({
        version: each.version,
        freshness: 'Current',
        resources: resourcesOf(name, each.version),
      })),
    })),
  };
}

interface Group {
  readonly name: string;
  readonly versions: readonly { readonly version: string }[];
}

interface PlainResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly group?: string;
  readonly version?: string;
}

function resourcesOf(group: string, version: string): object[] {
  const { resources } = resourceList(group, version) as { resources: readonly PlainResource[] };
  const kindOf = ({ kind, group: other = group, version: otherVersion = version }: PlainResource) => ({
    group: other,
    version: otherVersion,
    kind,
  });
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => {
      const subresources = resources
        .filter(({ name }) => name.startsWith(`${resource.name}/`))
        .map((each) => ({ subresource: each.name.split('/')[1], responseKind: kindOf(each), verbs: each.verbs }));
      return {
        resource: resource.name,
        responseKind: kindOf(resource),
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: resource.singularName,
        verbs: resource.verbs,
        ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories === undefined ? {} : { categories: resource.categories }),
        ...(subresources.length === 0 ? {} : { subresources }),
      };
    });
}
