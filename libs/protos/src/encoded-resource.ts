import { createHash } from 'node:crypto';
import { create, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { AnySchema, type Any } from '@bufbuild/protobuf/wkt';

/**
 * One xDS resource as bytes, made once and shared by every proxy that gets it.
 * Equal content has an equal version on every replica and after every restart.
 */
export interface EncodedResource {
  readonly name: string;
  /** Such as `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
  readonly typeUrl: string;
  /** Content hash: the first 16 hex digits of SHA-256 over the message. */
  readonly version: string;
  /** The message itself, ready for an Any. */
  readonly any: Any;
}

/** The prefix of every xDS type URL. */
export const typeUrlPrefix = 'type.googleapis.com/';

/** The type URL of a message, such as `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
export function typeUrlOf(schema: DescMessage): string {
  return typeUrlPrefix + schema.typeName;
}

/** Encodes a message under a resource name and versions it by its content. */
export function encodeResource<D extends DescMessage>(
  schema: D,
  name: string,
  message: MessageShape<D>,
): EncodedResource {
  return encodeBytes(schema, name, toBinary(schema, message));
}

/** Takes a message that is already encoded, such as one put together from the bytes of its fields. */
export function encodeBytes(schema: DescMessage, name: string, value: Uint8Array): EncodedResource {
  const typeUrl = typeUrlOf(schema);
  const version = createHash('sha256').update(value).digest('hex').slice(0, 16);
  return { name, typeUrl, version, any: create(AnySchema, { typeUrl, value }) };
}
