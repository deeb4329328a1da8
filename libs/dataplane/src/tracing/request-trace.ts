import type { HeaderList, ResponseHead } from '@malla/http-codec';
import { grpcStatusNumber } from '../access-log/http-operators.ts';
import type { LogFacts } from '../access-log/log-facts.ts';
import { AttemptSpan } from './attempt-span.ts';
import { serverAttributes } from './span-attributes.ts';
import type { TraceContext } from './trace-context.ts';
import type { TracedRequest } from './traced-request.ts';
import type { SpanMaker } from './span-maker.ts';

/** Header by which proxies tell each other what a span is called. Source: Envoy's Decorator */
const operationHeader = 'x-envoy-decorator-operation';

interface Place {
  readonly context: TraceContext;
  /** Empty: a root. */
  readonly parentId: string;
}

/** The span of one request, from its route on to its end. */
export class RequestTrace {
  readonly context: TraceContext;
  readonly parentId: string;
  readonly #maker: SpanMaker;
  readonly #request: TracedRequest;
  readonly #outbound: boolean;
  #operation: string;
  /** What the caller is told, unless it has said itself what the span is called. */
  #told: string | undefined;

  constructor(maker: SpanMaker, request: TracedRequest, { context, parentId }: Place) {
    this.#maker = maker;
    this.#request = request;
    this.context = context;
    this.parentId = parentId;
    this.#outbound = request.connection.direction === 'outbound';
    const decorated = request.route?.config.operation;
    this.#operation = decorated ?? (this.#outbound ? `egress ${request.head.authority}` : 'ingress');
    this.#told = decorated;
    this.#exchangeOperation(request.head.headers);
  }

  /** What it is called goes to the callee, whose span may have the same name; a callee takes the caller's. */
  #exchangeOperation(headers: HeaderList): void {
    if (this.#outbound) {
      if (this.#told !== undefined) headers.set(operationHeader, this.#told);
      return;
    }
    const given = headers.first(operationHeader);
    if (given === undefined) return;
    this.#operation = given;
    this.#told = undefined;
    headers.remove(operationHeader);
  }

  /** The way back: a callee that was not told says what it is called, and a caller takes that. */
  onResponse({ headers }: ResponseHead): void {
    if (!this.#outbound) {
      if (this.#told !== undefined) headers.set(operationHeader, this.#told);
      return;
    }
    const given = headers.first(operationHeader);
    if (given === undefined) return;
    if (given !== '') this.#operation = given;
    headers.remove(operationHeader);
  }

  /** Tells the upstream of this span. */
  forward(): void {
    this.#maker.write(this.#request.head.headers, this.context);
  }

  /** A try has a span of its own, of which the upstream is told, where gateways make such; undefined elsewhere. */
  attempt(cluster: string, attempts: number): AttemptSpan | undefined {
    const maker = this.#maker;
    if (!maker.config.upstreamSpans) return undefined;
    const context = { ...this.context, spanId: maker.spanId() };
    maker.write(this.#request.head.headers, context);
    return new AttemptSpan({ maker, context, parentId: this.context.spanId, cluster, attempts });
  }

  /** The request is over; nothing is made of it unless it is sampled. */
  finish(facts: LogFacts): void {
    const { context, parentId } = this;
    if (!context.sampled) return;
    const maker = this.#maker;
    const status = facts.http?.status ?? 0;
    maker.take({
      context,
      parentId,
      name: this.#operation,
      kind: this.#outbound && !maker.config.upstreamSpans ? 'client' : 'server',
      startedAt: facts.startedAt,
      endedAt: facts.startedAt + facts.durationMs,
      attributes: [...serverAttributes(facts, maker), ...maker.tagsOf(facts)],
      status,
      grpcStatus: grpcStatusNumber(facts),
    });
  }
}
