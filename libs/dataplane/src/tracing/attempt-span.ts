import { grpcStatusNumber } from '../access-log/http-operators.ts';
import type { LogFacts } from '../access-log/log-facts.ts';
import { attemptAttributes } from './span-attributes.ts';
import type { TraceContext } from './trace-context.ts';
import type { SpanMaker } from './span-maker.ts';

interface Params {
  readonly maker: SpanMaker;
  readonly context: TraceContext;
  readonly parentId: string;
  readonly cluster: string;
  /** Of the request so far, this one included. */
  readonly attempts: number;
}

/** The span of one try of a request, at gateways. */
export class AttemptSpan {
  readonly #params: Params;
  readonly #startedAt: number;
  #over = false;

  constructor(params: Params) {
    this.#params = params;
    this.#startedAt = params.maker.services.timers.wallClock();
  }

  /** The try is over: with a status, or 0 and Envoy's words for what went wrong. */
  finish(facts: LogFacts, status: number, failure?: string): void {
    const { maker, context, parentId, cluster, attempts } = this.#params;
    if (this.#over || !context.sampled) return;
    this.#over = true;
    maker.take({
      context,
      parentId,
      name: `router ${cluster} egress`,
      kind: 'client',
      startedAt: this.#startedAt,
      endedAt: maker.services.timers.wallClock(),
      attributes: [
        ...(attempts > 1 ? ([['retry.count', String(attempts - 1)]] as const) : []),
        ...(failure === undefined
          ? []
          : ([
              ['error', 'true'],
              ['error.reason', failure],
            ] as const)),
        ...attemptAttributes(facts, status),
        ...maker.tagsOf(facts),
      ],
      status,
      grpcStatus: grpcStatusNumber(facts),
    });
  }
}
