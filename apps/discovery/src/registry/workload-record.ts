import { create, fromJsonString, toJsonString } from '@bufbuild/protobuf';
import {
  RegisterRequestSchema,
  WorkloadSchema,
  type RegisterRequest,
  type Workload,
} from '@malla/protos/gen/malla/registry/v1/registry_pb';

/** A registered workload and whether its application is healthy. */
export interface WorkloadRecord {
  readonly workload: Workload;
  readonly healthy: boolean;
}

/** `<namespace>/<name>` */
export function workloadId(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** The form in which Redis keeps a record. Equal records have equal text: map keys are sorted. */
export function encodeRecord(record: WorkloadRecord): string {
  const { labels, ports } = record.workload;
  const workload = create(WorkloadSchema, { ...record.workload, labels: sorted(labels), ports: sorted(ports) });
  return toJsonString(RegisterRequestSchema, create(RegisterRequestSchema, { workload, healthy: record.healthy }));
}

/**
 * Reads what {@link encodeRecord} wrote. Unknown fields are ignored, because a newer replica may have written it.
 * @throws Error when it is no such record
 */
export function decodeRecord(json: string): WorkloadRecord {
  return fromRequest(fromJsonString(RegisterRequestSchema, json, { ignoreUnknownFields: true }));
}

/**
 * The record in a registration.
 * @throws Error when it carries no workload
 */
export function fromRequest(request: RegisterRequest): WorkloadRecord {
  if (request.workload === undefined) throw new Error('no workload in the registration');
  return { workload: request.workload, healthy: request.healthy };
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
