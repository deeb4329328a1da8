import type { HttpStatus } from '@malla/protos/gen/envoy/type/v3/http_status_pb';
import type { FieldReader } from '../wire/field-reader.ts';

/** A status code; undefined when absent. */
export function readHttpStatus(reader: FieldReader<HttpStatus> | undefined): number | undefined {
  return reader?.take('code');
}
