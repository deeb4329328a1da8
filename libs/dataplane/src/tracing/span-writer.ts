import type { ProtoWriter } from '../worker/proto-writer.ts';
import { failed, type FinishedSpan, type SpanAttribute } from './span.ts';

const kinds = { server: 2, client: 3 } as const;
const errorStatus = 2;

/**
 * Writes a span as one `spans` (field 2) of ScopeSpans. By hand, because a worker loads no protobuf code; a spec reads it back with the generated code.
 * Source: https://opentelemetry.io/docs/specs/otlp/ , opentelemetry/proto/trace/v1/trace.proto
 */
export function writeSpan(writer: ProtoWriter, span: FinishedSpan): void {
  const { context, parentId, name, kind, startedAt, endedAt, attributes } = span;
  const at = writer.begin(2);
  writer.bytes(1, context.traceId);
  writer.bytes(2, context.spanId);
  writer.text(3, context.state);
  writer.bytes(4, parentId);
  writer.text(5, name);
  writer.uint(6, kinds[kind]);
  writer.fixed64(7, nanoseconds(startedAt));
  writer.fixed64(8, nanoseconds(endedAt));
  writeAttributes(writer, 9, attributes);
  if (failed(span)) {
    const status = writer.begin(15);
    writer.uint(3, errorStatus);
    writer.end(status);
  }
  writer.end(at);
}

/** Repeated KeyValue of texts. */
export function writeAttributes(writer: ProtoWriter, field: number, attributes: readonly SpanAttribute[]): void {
  for (const [name, value] of attributes) {
    const pair = writer.begin(field);
    writer.text(1, name);
    const any = writer.begin(2);
    // An empty text is a value too, which must be told apart from no value.
    if (value === '') writer.emptyText(1);
    else writer.text(1, value);
    writer.end(any);
    writer.end(pair);
  }
}

function nanoseconds(ms: number): bigint {
  // A double holds microseconds of today, and no nanoseconds.
  return BigInt(Math.round(ms * 1_000)) * 1_000n;
}
