import type { HeaderList } from '@malla/http-codec';
import type { SpanConfig, SpanTagConfig, TracingConfig } from '@malla/proxy-config';
import type { LogFacts } from '../access-log/log-facts.ts';
import { compileText } from '../access-log/log-format.ts';
import { RequestIds } from '../http/headers/request-id.ts';
import type { Deadlines } from '../http/stream/deadlines.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { exporterOf } from './exporters.ts';
import { RequestTrace } from './request-trace.ts';
import type { FinishedSpan, SpanAttribute } from './span.ts';
import type { SpanExporter } from './span-exporter.ts';
import { SpanIds } from './span-ids.ts';
import type { SpanMaker } from './span-maker.ts';
import type { TracedRequest } from './traced-request.ts';
import { readTraceContext, writeTraceContext, type TraceContext } from './trace-context.ts';

type Tag = (facts: LogFacts) => string | undefined;

/** Makes the spans of one connection manager. Requests that are not sampled cost a walk over their headers and two random numbers. */
export class Tracer implements SpanMaker {
  readonly config: SpanConfig;
  readonly services: WorkerServices;
  readonly #ids: SpanIds;
  readonly #tracing: TracingConfig;
  readonly #exporter: SpanExporter;
  readonly #tags: readonly (readonly [name: string, value: Tag])[];

  constructor(tracing: TracingConfig & { readonly spans: SpanConfig }, services: WorkerServices, deadlines: Deadlines) {
    this.config = tracing.spans;
    this.#tracing = tracing;
    this.services = services;
    this.#ids = new SpanIds(services.random);
    this.#exporter = exporterOf(tracing.spans.exporter, services, deadlines);
    this.#tags = tracing.spans.tags.map((tag) => [tag.name, compileTag(tag)] as const);
  }

  /** Begins the span of a request whose route is known; undefined for a broken traceparent: then there is no trace. */
  start(request: TracedRequest): RequestTrace | undefined {
    const { headers } = request.head;
    const parent = readTraceContext(headers, this.config.b3);
    if (parent === 'broken') return undefined;
    const spanId = this.#ids.spanId();
    const context: TraceContext =
      parent === 'none'
        ? { traceId: this.#ids.traceId(), spanId, sampled: this.#decides(headers), state: '' }
        : { ...parent, spanId };
    return new RequestTrace(this, request, { context, parentId: parent === 'none' ? '' : parent.spanId });
  }

  spanId(): string {
    return this.#ids.spanId();
  }

  write(headers: HeaderList, context: TraceContext): void {
    writeTraceContext(headers, context, this.config.b3);
  }

  tagsOf(facts: LogFacts): SpanAttribute[] {
    const attributes: SpanAttribute[] = [];
    for (const [name, tag] of this.#tags) {
      const value = tag(facts);
      if (value !== undefined) attributes.push([name, value]);
    }
    return attributes;
  }

  take(span: FinishedSpan): void {
    this.#exporter.take(span);
  }

  /** Whether a request that begins a trace is sampled: as its id was marked, else by chance. */
  #decides(headers: HeaderList): boolean {
    if (this.#tracing.usesRequestId) return RequestIds.isMarked(headers.first('x-request-id'));
    const { clientSampling, randomSampling, overallSampling } = this.#tracing;
    const share = this.services.random() * 100;
    if (share >= overallSampling) return false;
    return headers.has('x-client-trace-id') ? share < clientSampling : share < randomSampling;
  }
}

function compileTag({ value }: SpanTagConfig): Tag {
  switch (value.kind) {
    case 'literal':
      return () => value.text;
    case 'header':
      return ({ http }) => http?.request.get(value.header) ?? value.otherwise;
    case 'format': {
      const { text } = compileText(value.format, '');
      return text;
    }
  }
}
