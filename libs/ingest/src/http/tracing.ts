import type { SpanConfig, TracingConfig } from '@malla/proxy-config';
import type { TypedExtensionConfig } from '@malla/protos/gen/envoy/config/core/v3/extension_pb';
import type {
  HttpConnectionManager,
  HttpConnectionManager_Tracing,
} from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { UuidRequestIdConfigSchema } from '@malla/protos/gen/envoy/extensions/request_id/uuid/v3/uuid_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readPercent } from '../wire/percent.ts';
import { readsB3 } from './b3-context.ts';
import { readSpanExporter } from './span-exporter.ts';
import { readSpanTags } from './span-tags.ts';

/** Envoy's default. */
const maxPathLength = 256;

/** Marks of request ids, and spans where there is a provider. `tellsB3`: the connection manager has the filter that writes B3 headers. */
export function readTracing(manager: FieldReader<HttpConnectionManager>, tellsB3: boolean): TracingConfig | undefined {
  const reader = manager.message('tracing');
  const usesRequestId = readRequestId(manager);
  const b3 = readEarlyMutations(manager, tellsB3);
  if (!reader) {
    if (manager.has('requestIdExtension'))
      manager.reading.report(manager.pathOf('requestIdExtension'), 'says nothing without tracing');
    return undefined;
  }
  const spans = readSpans(reader, b3);
  if (b3 && !spans) reader.refuse('provider', 'is required with B3 headers');
  return {
    clientSampling: readPercent(reader.message('clientSampling')) ?? 100,
    randomSampling: readPercent(reader.message('randomSampling')) ?? 100,
    overallSampling: readPercent(reader.message('overallSampling')) ?? 100,
    usesRequestId,
    ...(spans && { spans }),
  };
}

/** Without a provider there are no spans, so what would be in them is refused. */
function readSpans(reader: FieldReader<HttpConnectionManager_Tracing>, b3: boolean): SpanConfig | undefined {
  const provider = reader.message('provider');
  if (!provider) return undefined;
  const exporter = readSpanExporter(provider);
  return (
    exporter && {
      exporter,
      maxPathLength: reader.take('maxPathTagLength') ?? maxPathLength,
      tags: readSpanTags(reader.messages('customTags')),
      upstreamSpans: reader.take('spawnUpstreamSpan') ?? false,
      b3,
    }
  );
}

function readRequestId(manager: FieldReader<HttpConnectionManager>): boolean {
  const extension = manager.message('requestIdExtension');
  const config = extension?.message('typedConfig');
  if (!config) return true;
  const uses = unpack(config, [
    anyCase(UuidRequestIdConfigSchema, (reader) => {
      reader.expect('packTraceReason', true);
      return reader.take('useRequestIdForTraceSampling') ?? true;
    }),
  ]);
  return uses ?? true;
}

/** Headers can be changed before anything else in one way alone: to go on with traces that come with B3 headers. */
function readEarlyMutations(manager: FieldReader<HttpConnectionManager>, tellsB3: boolean): boolean {
  const extensions: readonly FieldReader<TypedExtensionConfig>[] = manager.messages('earlyHeaderMutationExtensions');
  const [first, second] = extensions;
  if (!first) {
    if (tellsB3) manager.reading.report(manager.pathOf('earlyHeaderMutationExtensions'), 'must read B3 headers too');
    return false;
  }
  if (second) second.reading.report(second.path, 'is not supported: there is one already');
  const reads = readsB3(first);
  if (reads && !tellsB3) manager.reading.report(manager.pathOf('httpFilters'), 'must write B3 headers too');
  return reads;
}
