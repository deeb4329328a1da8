import { defineKind, type KindDefinition, type TypedOptional } from '../kind-definition.ts';
import { istioStatusSchema } from '../istio-type/istio-status.ts';
import { telemetrySpecSchema, type TelemetrySpec } from './telemetry.ts';

const group = 'telemetry.istio.io';

/** Kinds of telemetry.istio.io. */
export const telemetryKinds: readonly KindDefinition[] = [
  defineKind({
    group,
    kind: 'Telemetry',
    plural: 'telemetries',
    shortNames: ['telemetry'],
    categories: ['istio-io', 'telemetry-istio-io'],
    versions: ['v1', 'v1alpha1'],
    storageVersion: 'v1alpha1',
    payload: {
      spec: telemetrySpecSchema
        .optional()
        .describe(
          'What is traced, measured and logged. The policy of a workload wins over that of its namespace, and that over the mesh’s.',
        ),
      status: istioStatusSchema,
    },
    source: 'https://istio.io/latest/docs/reference/config/telemetry/',
  }),
];

export type Telemetry = TypedOptional<typeof group, 'Telemetry', TelemetrySpec>;

/** Any object of telemetry.istio.io. */
export type TelemetryResource = Telemetry;
