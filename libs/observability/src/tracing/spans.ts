import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type TextMapGetter,
  type TextMapSetter,
} from '@opentelemetry/api';
import { MallaError } from '@malla/model';

export interface SpanParams {
  /** Default internal. */
  readonly kind?: 'server' | 'client' | 'internal';
  /** Named as OpenTelemetry's semantic conventions have them, where they have them. https://opentelemetry.io/docs/specs/semconv/ */
  readonly attributes?: Attributes;
  /** Whose child it is. Default: the span that is under way here. */
  readonly parent?: Context;
}

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

/** Begins a span; whoever calls ends it. Costs next to nothing when no traces are made. */
export function beginSpan(name: string, params: SpanParams = {}): Span {
  const { kind = 'internal', attributes = {}, parent } = params;
  // One instrument for all of Malla: where a span is from is told by its service.
  return trace.getTracer('malla').startSpan(name, { kind: kinds[kind], attributes }, parent);
}

/** Does something within a span: what it calls is the span's child, and what it throws is told there. */
export async function inSpan<T>(name: string, params: SpanParams, run: (span: Span) => T | Promise<T>): Promise<T> {
  const span = beginSpan(name, params);
  try {
    return await context.with(contextOf(span), () => run(span));
  } catch (thrown) {
    failSpan(span, MallaError.from(thrown));
    throw thrown;
  } finally {
    span.end();
  }
}

/** As {@link inSpan}, for what is done at once. */
export function inSpanSync<T>(name: string, params: SpanParams, run: (span: Span) => T): T {
  const span = beginSpan(name, params);
  try {
    return context.with(contextOf(span), () => run(span));
  } catch (thrown) {
    failSpan(span, MallaError.from(thrown));
    throw thrown;
  } finally {
    span.end();
  }
}

/** What is done in this context is the span's child. */
export function contextOf(span: Span): Context {
  return trace.setSpan(context.active(), span);
}

export function failSpan(span: Span, error: MallaError): void {
  span.setAttribute('error.type', error.code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** The context that a caller sent along, by W3C Trace Context. */
export function receivedContext<C>(carrier: C, getter: TextMapGetter<C>): Context {
  return propagation.extract(context.active(), carrier, getter);
}

/** Sends a span along to who is called. */
export function sendContext<C>(span: Span, carrier: C, setter: TextMapSetter<C>): void {
  propagation.inject(contextOf(span), carrier, setter);
}

/** The span under way here as fields of a log line; none when there is none that is kept. */
export function traceFields(): { readonly trace_id: string; readonly span_id: string } | undefined {
  const span = trace.getActiveSpan();
  if (span === undefined || !span.isRecording()) return undefined;
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}
