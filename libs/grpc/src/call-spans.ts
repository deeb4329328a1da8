import type { DescMethod } from '@bufbuild/protobuf';
import type { Metadata } from '@grpc/grpc-js';
import type { Attributes, TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import { pathOf } from './wire.ts';

/** What spans of a method's calls have in common. */
export interface CallSpan {
  /** The request path without its first slash. */
  readonly name: string;
  readonly attributes: Attributes;
}

/** Made once for each method: calls may be many. Source: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ */
export function callSpanOf(method: DescMethod): CallSpan {
  const attributes = { 'rpc.system': 'grpc', 'rpc.service': method.parent.typeName, 'rpc.method': method.name };
  return { name: pathOf(method).slice(1), attributes };
}

export const receivedMetadata: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key).map(String),
};

export const sentMetadata: TextMapSetter<Metadata> = {
  set: (metadata, key, value) => metadata.set(key, value),
};
