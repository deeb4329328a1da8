import type { TracingConfig } from '@malla/proxy-config';
import type { HttpConnectionManager_Tracing } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readPercent } from '../wire/percent.ts';

/** Sampling marks request ids. There are no spans, so a provider, and what would be in them, is refused. */
export function readTracing(reader: FieldReader<HttpConnectionManager_Tracing> | undefined): TracingConfig | undefined {
  if (!reader) return undefined;
  return {
    clientSampling: readPercent(reader.message('clientSampling')) ?? 100,
    randomSampling: readPercent(reader.message('randomSampling')) ?? 100,
    overallSampling: readPercent(reader.message('overallSampling')) ?? 100,
  };
}
