import {
  BadRequestException,
  Controller,
  Get,
  Inject,
  PayloadTooLargeException,
  Query,
  ServiceUnavailableException,
} from '@nestjs/common';
import { MallaError } from '@malla/model';
import type { Series, ServiceGraph, Signal } from '@malla/telemetry';
import { durationOf, filterOf, graphDetailOf, reporterOf, seriesGroupOf, spanOf } from './query-values.ts';
import { SignalQueries } from './signal-queries.ts';

type Texts = Readonly<Record<string, string>>;

const defaultGraphMs = 300_000;
const defaultStepMs = 60_000;

/** Golden signals as JSON on the HTTP port (loopback by default). docs/reference/rest-api.md tells the parameters. */
@Controller('api/v1')
export class SignalsController {
  readonly #queries: SignalQueries;

  constructor(@Inject(SignalQueries) queries: SignalQueries) {
    this.#queries = queries;
  }

  /** `window` (default: since start), `source`, `destination`, `namespace` */
  @Get('signals')
  async signals(@Query() query: Texts): Promise<{ items: readonly Signal[] }> {
    return answer(async () => {
      const { signals } = await this.#queries.signals(durationOf('window', query.window ?? ''), filterOf(query));
      return { items: signals };
    });
  }

  /** `from`, `to` or `window` (1h), `step` (1m), `by` (service), `reporter`, `source`, `destination`, `namespace` */
  @Get('series')
  async series(@Query() query: Texts): Promise<{ items: readonly Series[] }> {
    const { from = '', to = '', window = '', step = '', by = '', reporter: side = '' } = query;
    return answer(async () => {
      const reporter = reporterOf(side);
      const items = await this.#queries.series({
        span: spanOf({ from, to, window }, Date.now()),
        stepMs: durationOf('step', step) ?? defaultStepMs,
        by: seriesGroupOf(by),
        filter: filterOf(query),
        ...(reporter !== undefined && { reporter }),
      });
      return { items };
    });
  }

  /** `window` (5m), `detail` (workload), `namespace` */
  @Get('graph')
  async graph(@Query() query: Texts): Promise<ServiceGraph> {
    const { window = '', detail = '' } = query;
    return answer(async () =>
      this.#queries.graph(durationOf('window', window) ?? defaultGraphMs, graphDetailOf(detail), filterOf(query)),
    );
  }
}

const exceptions: Readonly<Record<string, new (message: string) => Error>> = {
  invalid: BadRequestException,
  exhausted: PayloadTooLargeException,
  unavailable: ServiceUnavailableException,
};

/** Errors of ours as HTTP has them. */
async function answer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = MallaError.from(thrown);
    const Exception = exceptions[error.code];
    throw Exception === undefined ? error : new Exception(error.message);
  }
}
