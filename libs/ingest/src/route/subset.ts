import type { Metadata } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMetadata } from '../wire/metadata.ts';

/** The subset of a cluster's endpoints that a route wants: labels below `envoy.lb`. Other namespaces choose nothing in Envoy either. */
export function readSubset(reader: FieldReader<Metadata> | undefined): Readonly<Record<string, unknown>> | undefined {
  if (!reader) return undefined;
  const { 'envoy.lb': labels, ...others } = readMetadata(reader);
  for (const name of Object.keys(others)) reader.refuse('filterMetadata', `namespace ${name} is not supported`);
  return labels;
}
