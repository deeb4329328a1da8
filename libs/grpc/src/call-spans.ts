import type { DescMethod } from '@bufbuild/protobuf';
import type { Metadata } from '@grpc/grpc-js';
import type { Attributes, TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/** Source: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ */
export function callAttributes(method: DescMethod): Attributes {
  return { 'rpc.system': 'grpc', 'rpc.service': method.parent.typeName, 'rpc.method': method.name };
}

export const receivedMetadata: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key).map(String),
};

export const sentMetadata: TextMapSetter<Metadata> = {
  set: (metadata, key, value) => metadata.set(key, value),
};
