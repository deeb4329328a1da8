import type { KindDefinition, PrinterColumn } from '../kinds/kind-definition.ts';
import { structuralSchema } from './structural-schema.ts';

/** A CustomResourceDefinition as plain data. Source: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Groups of Kubernetes itself: an API server takes them only with a word on who agreed to them. */
const protectedGroup = /\.k8s\.io$|\.kubernetes\.io$/;

/** Of the release whose fields the model has; tools tell by it what a cluster can do. */
const gatewayApiAnnotations = {
  'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/5371',
  'gateway.networking.k8s.io/bundle-version': 'v1.7.0',
  'gateway.networking.k8s.io/channel': 'experimental',
} as const;

const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The definition of a kind for a Kubernetes cluster; undefined for kinds that Kubernetes has itself. All served versions, one stored. */
export function customResourceDefinition(definition: KindDefinition): CustomResourceDefinition | undefined {
  const { group, kind, plural, singular, shortNames, categories, namespaced, versions } = definition;
  if (!group.includes('.') || builtIn.has(group)) return undefined;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      ...(protectedGroup.test(group) ? { annotations: gatewayApiAnnotations } : {}),
    },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        ...(shortNames.length > 0 ? { shortNames } : {}),
        ...(categories.length > 0 ? { categories } : {}),
      },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: versions.map((version) => versionOf(definition, version)),
    },
  };
}

/** API groups with a dot in their name that every cluster has. */
const builtIn = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
]);

function versionOf(definition: KindDefinition, version: string): object {
  const payload = definition.payloadOf[version] ?? definition.payload;
  return {
    name: version,
    served: true,
    storage: version === definition.storageVersion,
    ...(definition.deprecatedVersions.includes(version) ? { deprecated: true } : {}),
    ...(Object.hasOwn(payload, 'status') ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns: [...definition.columns, age].map(column),
    schema: { openAPIV3Schema: structuralSchema(definition, version) },
  };
}

function column({ priority = 0, description, ...rest }: PrinterColumn): object {
  return { ...rest, ...(description === undefined ? {} : { description }), ...(priority > 0 ? { priority } : {}) };
}
