import { HeaderList, type RequestHead } from '@malla/http-codec';
import type { SpanExporterConfig } from '@malla/proxy-config';
import { grpcSideCall } from '../http/filters/grpc-side-call.ts';
import { SideCall } from '../http/filters/side-call.ts';
import type { Deadlines } from '../http/stream/deadlines.ts';
import type { Counter } from '../runtime/instruments.ts';
import type { Timer, WorkerServices } from '../runtime/services.ts';
import { ProtoWriter } from '../worker/proto-writer.ts';
import type { FinishedSpan } from './span.ts';
import { writeAttributes, writeSpan } from './span-writer.ts';

const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** How long a span may wait for others, in milliseconds. Envoy waits five seconds, or for five spans. */
const flushMs = 1_000;
/** Bytes that are sent without waiting. */
const flushBytes = 64 * 1024;
/** Bytes that may wait while a call is under way; beyond, spans are dropped and counted. */
const maxWaitingBytes = 1024 * 1024;
/** For collectors without a limit of their own: a call must end some time. */
const lastTimeoutMs = 10_000;

/** Sends spans of one worker to one collector: one call at a time, what comes meanwhile waits within bounds. */
export class SpanExporter {
  readonly #config: SpanExporterConfig;
  readonly #services: WorkerServices;
  readonly #deadlines: Deadlines;
  readonly #resource: Uint8Array;
  readonly #writer = new ProtoWriter();
  readonly #sent: Counter;
  readonly #dropped: Counter;
  readonly #timerFlushed: Counter;
  #spans = 0;
  #timer: Timer | undefined;
  #calling = false;

  constructor(config: SpanExporterConfig, services: WorkerServices, deadlines: Deadlines) {
    this.#config = config;
    this.#services = services;
    this.#deadlines = deadlines;
    const writer = new ProtoWriter();
    writeAttributes(writer, 1, config.resource);
    this.#resource = writer.finish();
    const place = { prefix: 'tracing.opentelemetry', prometheusPrefix: 'tracing.opentelemetry', tags: [] };
    const scope = services.stats.scope(place);
    this.#sent = scope.counter('spans_sent');
    this.#dropped = scope.counter('spans_dropped');
    this.#timerFlushed = scope.counter('timer_flushed');
  }

  take(span: FinishedSpan): void {
    if (this.#writer.length >= maxWaitingBytes) {
      this.#dropped.inc();
      return;
    }
    writeSpan(this.#writer, span);
    this.#spans++;
    if (this.#writer.length >= flushBytes) this.#flush();
    else this.#wait();
  }

  #wait(): void {
    this.#timer ??= this.#services.timers.set(flushMs, () => {
      this.#timer = undefined;
      this.#timerFlushed.inc();
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#calling || this.#spans === 0) return;
    const spans = this.#spans;
    this.#spans = 0;
    this.#calling = true;
    this.#call(this.#request(this.#writer.finish()), (taken) => {
      this.#calling = false;
      (taken ? this.#sent : this.#dropped).inc(spans);
      if (this.#spans > 0) this.#wait();
    });
  }

  /** ExportTraceServiceRequest with one ResourceSpans of one ScopeSpans. */
  #request(spans: Uint8Array): Uint8Array {
    const writer = new ProtoWriter();
    const whole = writer.begin(1);
    const resource = writer.begin(1);
    writer.raw(this.#resource);
    writer.end(resource);
    const scope = writer.begin(2);
    writer.raw(spans);
    writer.end(scope);
    writer.end(whole);
    return writer.finish();
  }

  #call(message: Uint8Array, done: (taken: boolean) => void): void {
    const { protocol, cluster, authority, headers } = this.#config;
    const common = {
      services: this.#services,
      deadlines: this.#deadlines,
      timeoutMs: this.#config.timeoutMs || lastTimeoutMs,
    };
    if (protocol === 'grpc') {
      const service = { cluster, authority, timeoutMs: common.timeoutMs, initialMetadata: headers };
      grpcSideCall({ ...common, service, path: method, message, done: (answer) => done(answer !== undefined) }).start();
      return;
    }
    const call = new SideCall({
      ...common,
      cluster,
      head: this.#httpHead(message.length),
      body: message,
      done: (answer) => done(answer !== undefined && answer.head.status >= 200 && answer.head.status < 300),
    });
    call.start();
  }

  #httpHead(length: number): RequestHead {
    const { authority, path, headers } = this.#config;
    const fields = new HeaderList();
    fields.append('content-type', 'application/x-protobuf');
    fields.append('content-length', String(length));
    for (const [name, value] of headers) fields.set(name, value);
    return { method: 'POST', path, authority, scheme: 'http', headers: fields, version: '1.1', expectsContinue: false };
  }
}
