import type { CallInfo, CallSettings, ServiceClient, ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import type { Authorization } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import type { RateLimitService } from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';

export type DecisionMethod = 'ShouldRateLimit' | 'Check';

/** What became of a question. Those that are `refused` were not asked; `cancelled` is the data plane's doing. */
export type DecisionOutcome = 'answered' | 'unavailable' | 'late' | 'refused' | 'cancelled' | 'failed';

/** What policy-telemetry decides. */
export type DecisionClient = Pick<ServiceClient<typeof RateLimitService>, 'shouldRateLimit'> &
  Pick<ServiceClient<typeof Authorization>, 'check'>;

export interface DecisionRelayParams {
  /** policy-telemetry; undefined where there is none: then every question fails at once. */
  readonly client: () => DecisionClient | undefined;
  /** Questions under way at a time; more fail at once. Default 1,000. */
  readonly maxUnderWay?: number;
  /** Milliseconds since the epoch, as deadlines are. */
  readonly now: () => number;
  readonly count: (method: DecisionMethod, outcome: DecisionOutcome) => void;
}

/** For callers that set no deadline, and at most. */
const longestMs = 5_000;

/**
 * So many questions in a row without an answer in time, for so many milliseconds, and only one at a time is asked until one is answered. Questions come
 * many at a time: a short stall makes all late that are under way, and is no reason to ask no more.
 */
const lateInARow = 5;
const lateForMs = 1_000;

/**
 * Passes the data plane's questions, whether a limit is used up and whether a caller may pass, on to policy-telemetry. A request of the application waits
 * for the answer, so nothing is queued here: without a connection, with too many under way, or while policy-telemetry hangs, the answer is UNAVAILABLE at
 * once, and the filter's failure mode decides. Deadlines and cancellations go on.
 */
export class DecisionRelay {
  readonly #params: DecisionRelayParams;
  #underWay = 0;
  #late = 0;
  #lateSince = 0;

  constructor(params: DecisionRelayParams) {
    this.#params = params;
  }

  /** envoy.service.ratelimit.v3.RateLimitService for the data plane. */
  readonly rateLimits: ServiceHandlers<typeof RateLimitService> = {
    shouldRateLimit: (request, call) =>
      this.#pass('ShouldRateLimit', call, (client, settings) => client.shouldRateLimit(request, settings)),
  };

  /** envoy.service.auth.v3.Authorization for the data plane. */
  readonly authorization: ServiceHandlers<typeof Authorization> = {
    check: (request, call) => this.#pass('Check', call, (client, settings) => client.check(request, settings)),
  };

  async #pass<O>(
    method: DecisionMethod,
    { signal, deadlineAt }: CallInfo,
    ask: (client: DecisionClient, settings: CallSettings) => Promise<O>,
  ): Promise<O> {
    const { now, count } = this.#params;
    const client = this.#admitted(method);
    const begin = now();
    const timeoutMs = Math.max(1, Math.min(longestMs, (deadlineAt ?? Number.POSITIVE_INFINITY) - begin));
    this.#underWay++;
    try {
      const answer = await ask(client, { timeoutMs, signal });
      this.#late = 0;
      count(method, 'answered');
      return answer;
    } catch (thrown) {
      const error = MallaError.from(thrown);
      count(method, this.#outcomeOf(error, { late: now() - begin >= timeoutMs, cancelled: signal.aborted }));
      throw error;
    } finally {
      this.#underWay--;
    }
  }

  /** @throws MallaError for a question that is not to be asked */
  #admitted(method: DecisionMethod): DecisionClient {
    const { client, count, now, maxUnderWay = 1_000 } = this.#params;
    const hangs = this.#late >= lateInARow && now() - this.#lateSince >= lateForMs;
    const most = hangs ? 1 : maxUnderWay;
    const asked = client();
    if (asked !== undefined && this.#underWay < most) return asked;
    count(method, 'refused');
    const why =
      asked === undefined
        ? 'this agent has no policy-telemetry'
        : hangs
          ? 'policy-telemetry does not answer in time'
          : 'too many questions are under way';
    throw new MallaError('unavailable', why);
  }

  #outcomeOf(error: MallaError, { late, cancelled }: { late: boolean; cancelled: boolean }): DecisionOutcome {
    if (late) {
      if (this.#late === 0) this.#lateSince = this.#params.now();
      this.#late++;
      return 'late';
    }
    if (cancelled) return 'cancelled';
    this.#late = 0;
    return error.code === 'unavailable' ? 'unavailable' : 'failed';
  }
}
