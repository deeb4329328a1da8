import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { logFields } from '../log-fields.ts';

export interface TracingParams {
  readonly service: string;
  readonly version: string;
  /** Where spans go by OTLP over HTTP, such as `http://jaeger:4318/v1/traces`. */
  readonly url: string;
  /** Of 100 traces that begin here so many are kept; of those that a caller began, those that the caller keeps. */
  readonly percent: number;
  readonly logger: Logger;
}

export interface Tracing {
  /** Sends what is left, for as long as that takes up to two seconds. */
  close(): Promise<void>;
}

const exportTimeoutMs = 5_000;
const closeMs = 2_000;
/** Spans that wait to be sent; what comes on top is dropped. */
const mostWaiting = 2_048;

/**
 * From now on this process makes spans of what it does, and sends them. OpenTelemetry's means are those of the process: the last call counts.
 * They are loaded only here, where traces are asked for.
 */
export async function openTracing(params: TracingParams): Promise<Tracing> {
  const { service, version, url, percent, logger } = params;
  const [api, sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, core, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new NotedExporter(new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs }), url, logger);
  const processor = new sdk.BatchSpanProcessor({
    exporter,
    maxQueueSize: mostWaiting,
    scheduledDelayMillis: 1_000,
    exportTimeoutMillis: exportTimeoutMs,
  });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': `malla-${service}`,
      'service.version': version,
      'service.namespace': 'malla',
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(percent / 100) }),
    spanProcessors: [processor],
  });
  // The exporter has told already what went wrong.
  core.setGlobalErrorHandler(() => undefined);
  const contexts = new AsyncLocalStorageContextManager().enable();
  for (const means of [api.trace, api.context, api.propagation]) means.disable();
  api.context.setGlobalContextManager(contexts);
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  api.trace.setGlobalTracerProvider(provider);
  return {
    async close() {
      for (const means of [api.trace, api.context, api.propagation]) means.disable();
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, closeMs).unref()),
      ]);
    },
  };
}

/** Tells once that spans cannot be sent, and once that they can again. */
class NotedExporter implements SpanExporter {
  readonly #to: SpanExporter;
  readonly #url: string;
  readonly #logger: Logger;
  #failed = false;

  constructor(to: SpanExporter, url: string, logger: Logger) {
    this.#to = to;
    this.#url = url;
    this.#logger = logger;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#to.export(spans, (result) => {
      this.#note(result.error);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#to.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.#to.forceFlush?.() ?? Promise.resolve();
  }

  #note(error: Error | undefined): void {
    if (this.#failed === (error !== undefined)) return;
    this.#failed = error !== undefined;
    const facts = { [logFields.address]: new URL(this.#url).host, [logFields.reason]: error?.message };
    if (this.#failed) this.#logger.warn(facts, 'Spans cannot be sent and are dropped');
    else this.#logger.info(facts, 'Spans are sent again');
  }
}
