import { defineKind, type KindDefinition, type TypedOptional } from '../kind-definition.ts';
import { istioStatusSchema } from '../istio-type/istio-status.ts';
import { meshConfigSpecSchema, type MeshConfigSpec } from './mesh-config.ts';

const group = 'mesh.istio.io';

/**
 * Kinds of mesh.istio.io. Istio keeps the mesh's configuration as YAML in a ConfigMap; here it is an object, with the names of
 * `istio.mesh.v1alpha1.MeshConfig` below `spec`.
 */
export const meshKinds: readonly KindDefinition[] = [
  defineKind({
    group,
    kind: 'MeshConfig',
    plural: 'meshconfigs',
    categories: ['istio-io', 'mesh-istio-io'],
    versions: ['v1alpha1'],
    namespaced: false,
    payload: {
      spec: meshConfigSpecSchema.optional().describe('What holds for the whole mesh.'),
      status: istioStatusSchema,
    },
    columns: [
      { name: 'Trust domain', type: 'string', jsonPath: '.spec.trustDomain', description: 'Of the mesh’s identities.' },
      {
        name: 'Root namespace',
        type: 'string',
        jsonPath: '.spec.rootNamespace',
        description: 'Of mesh-wide policies.',
      },
    ],
    source: 'https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/',
  }),
];

export type MeshConfig = TypedOptional<typeof group, 'MeshConfig', MeshConfigSpec>;

/** Any object of mesh.istio.io. */
export type MeshResource = MeshConfig;
