import {
  createRegistry,
  fromBinary,
  fromJson,
  toJson,
  type DescMessage,
  type JsonObject,
  type JsonValue,
} from '@bufbuild/protobuf';
import type { GenFile } from '@bufbuild/protobuf/codegenv2';
import { typeUrls, type EncodedResource } from '@malla/protos';
import { BootstrapSchema } from '@malla/protos/gen/envoy/config/bootstrap/v3/bootstrap_pb';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { dumpedExtensions } from './dumped-extensions.ts';

const registry = createRegistry(...(dumpedExtensions as readonly GenFile[]));

const schemas: Readonly<Record<string, DescMessage>> = {
  [typeUrls.cluster]: ClusterSchema,
  [typeUrls.endpoint]: ClusterLoadAssignmentSchema,
  [typeUrls.listener]: ListenerSchema,
  [typeUrls.route]: RouteConfigurationSchema,
  [typeUrls.secret]: SecretSchema,
};

/** A resource as Envoy dumps it: proto names, `@type` first, secrets redacted. */
export function resourceJson({ typeUrl, any, name }: EncodedResource): JsonObject {
  const schema = schemas[typeUrl];
  try {
    if (schema === undefined) throw new Error(`no code for ${typeUrl}`);
    const json = toJson(schema, fromBinary(schema, any.value), { registry, useProtoFieldName: true });
    return redacted({ '@type': typeUrl, ...(json as JsonObject) }) as JsonObject;
  } catch (error) {
    // It was understood once; only its JSON form is not known, such as of an extension that is ignored.
    return { '@type': typeUrl, name, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The bootstrap's own resources and itself, in the same form. */
export function bootstrapJson(text: string): JsonObject {
  const message = fromJson(BootstrapSchema, JSON.parse(text) as JsonValue, { registry, ignoreUnknownFields: true });
  return redacted(toJson(BootstrapSchema, message, { registry, useProtoFieldName: true })) as JsonObject;
}

/** Envoy's own way: the word [redacted] in the place of what is marked as sensitive. */
const redactedText = '[redacted]';
const redactedBytes = Buffer.from(redactedText).toString('base64');
const sensitive = new Set(['private_key', 'password', 'private_key_provider', 'session_ticket_keys']);

function redacted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(redacted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, sensitive.has(key) ? hidden(inner) : redacted(inner)]),
  );
}

function hidden(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return redactedText;
  return Object.fromEntries(
    Object.keys(value).map((key) => [key, key === 'inline_bytes' ? redactedBytes : redactedText]),
  );
}
