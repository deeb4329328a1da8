import { MallaError } from '@malla/model';
import {
  levelOfStep,
  levels,
  matchesFilter,
  readSpan,
  serviceGraph,
  seriesOf,
  signalsOf,
  type GraphDetail,
  type Level,
  type Reporter,
  type Retention,
  type Series,
  type SeriesGroup,
  type ServiceGraph,
  type Signal,
  type SignalBucket,
  type SignalFilter,
  type SignalRecorder,
  type TelemetryStore,
  type TimeSpan,
} from '@malla/telemetry';

export interface SignalQueriesParams {
  readonly store: Pick<TelemetryStore, 'read' | 'due'>;
  /** What the store does not have yet. */
  readonly recorder: Pick<SignalRecorder, 'unstored'>;
  /** The name under which this process writes. */
  readonly writer: string;
  readonly retention: Retention;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** When this process began to count. */
  readonly startedAt: number;
}

export interface SeriesRequest {
  readonly span: TimeSpan;
  readonly stepMs: number;
  readonly by: SeriesGroup;
  readonly reporter?: Reporter;
  readonly filter: SignalFilter;
}

/** Steps in one answer; 1,440 are a day by minutes. */
const mostSteps = 2_000;

/** Golden signals, from the store and from what it does not have yet. Rejects with `unavailable` while the store is away. */
export class SignalQueries {
  readonly #params: SignalQueriesParams;

  constructor(params: SignalQueriesParams) {
    this.#params = params;
  }

  /** Signals of each pair. @param windowMs back from now; undefined: since this process began to count */
  async signals(
    windowMs: number | undefined,
    filter: SignalFilter,
  ): Promise<{ readonly signals: readonly Signal[]; readonly span: TimeSpan }> {
    const span = this.#window(windowMs);
    return { signals: signalsOf(await this.#buckets(span, 3, filter)), span };
  }

  /** @throws MallaError `invalid` for spans and steps that make no series */
  async series({ span, stepMs, by, reporter, filter }: SeriesRequest): Promise<readonly Series[]> {
    const { widthMs } = levels[0];
    if (stepMs < widthMs || stepMs % widthMs !== 0)
      throw new MallaError('invalid', `step: must be a multiple of ${widthMs / 1_000}s`);
    if (span.from >= span.to) throw new MallaError('invalid', 'from: must be before to');
    if ((span.to - span.from) / stepMs > mostSteps)
      throw new MallaError('invalid', `step: more than ${mostSteps} steps; ask for longer ones, or for less time`);
    const buckets = await this.#buckets(span, levelOfStep(stepMs), filter);
    return seriesOf(buckets, { ...span, stepMs, by, ...(reporter !== undefined && { reporter }) });
  }

  /** @param windowMs back from now */
  async graph(windowMs: number, detail: GraphDetail, filter: SignalFilter): Promise<ServiceGraph> {
    const span = this.#window(windowMs);
    return serviceGraph(await this.#buckets(span, 3, filter), { detail, spanMs: span.to - span.from });
  }

  #window(windowMs: number | undefined): TimeSpan {
    const { now, startedAt } = this.#params;
    const to = now();
    return { from: windowMs === undefined ? startedAt : to - windowMs, to };
  }

  async #buckets(span: TimeSpan, coarsest: Level, filter: SignalFilter): Promise<readonly SignalBucket[]> {
    const { store, recorder, writer, retention, now } = this.#params;
    const unstored = recorder.unstored();
    const from = unstored.reduce((least, { start }) => Math.min(least, start), Infinity);
    // What is being stored just now would count twice, once as ours and once as the store's.
    const options = { ...filter, ...(unstored.length > 0 && { without: { writer, from } }) };
    const stored = await readSpan({ store, span, coarsest, retention, now: now(), options });
    const first = span.from - levels[0].widthMs;
    const own = unstored.filter(({ key, start }) => start > first && start < span.to && matchesFilter(key, filter));
    return [...stored, ...own];
  }
}
