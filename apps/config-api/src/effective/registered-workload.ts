import { fromJsonString } from '@bufbuild/protobuf';
import { RegisterRequestSchema } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import type { MeshWorkload } from '@malla/snapshot';

/** A workload as discovery keeps its registration in Redis. Unknown fields are ignored, because a newer discovery may have written it. */
export function registeredWorkload(json: string): MeshWorkload {
  const { workload, healthy } = fromJsonString(RegisterRequestSchema, json, { ignoreUnknownFields: true });
  if (workload === undefined) throw new Error('no workload in the registration');
  const { $typeName: _, ...rest } = workload;
  return { ...rest, weight: Math.max(workload.weight, 1), healthy };
}
