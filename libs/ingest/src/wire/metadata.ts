import type { Metadata } from '@malla/proxy-config';
import type { Metadata as MetadataMessage } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { FieldReader } from './field-reader.ts';

/** Filter metadata by namespace. Typed metadata is for Envoy's C++ only and refused. */
export function readMetadata(reader: FieldReader<MetadataMessage> | undefined): Metadata {
  return reader?.plainMap('filterMetadata') ?? {};
}
