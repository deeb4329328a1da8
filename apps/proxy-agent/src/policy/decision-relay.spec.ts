import { create } from '@bufbuild/protobuf';
import type { CallInfo, CallSettings } from '@malla/grpc';
import { MallaError } from '@malla/model';
import {
  RateLimitRequestSchema,
  RateLimitResponse_Code,
  RateLimitResponseSchema,
  type RateLimitRequest,
} from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { describe, expect, it } from 'vitest';
import { DecisionRelay, type DecisionClient, type DecisionOutcome } from './decision-relay.ts';

const limited = create(RateLimitResponseSchema, { overallCode: RateLimitResponse_Code.OVER_LIMIT });

/** policy-telemetry whose answers the spec gives. */
class Telemetry {
  readonly asked: { readonly settings: CallSettings; readonly answer: PromiseWithResolvers<typeof limited> }[] = [];
  readonly client = {
    shouldRateLimit: (_request: unknown, settings: CallSettings = {}) => {
      const answer = Promise.withResolvers<typeof limited>();
      this.asked.push({ settings, answer });
      return answer.promise;
    },
    check: () => Promise.reject(new MallaError('unavailable', 'no connection')),
  } as unknown as DecisionClient;
}

function setUp(settings: { readonly maxUnderWay?: number; readonly away?: boolean } = {}) {
  const telemetry = new Telemetry();
  const outcomes: DecisionOutcome[] = [];
  const clock = { now: 1_000 };
  const relay = new DecisionRelay({
    client: () => (settings.away === true ? undefined : telemetry.client),
    ...(settings.maxUnderWay === undefined ? {} : { maxUnderWay: settings.maxUnderWay }),
    now: () => clock.now,
    count: (_method, outcome) => outcomes.push(outcome),
  });
  const request: RateLimitRequest = create(RateLimitRequestSchema, { domain: 'malla' });
  const ask = (deadlineAt?: number, signal = new AbortController().signal) =>
    Promise.resolve(relay.rateLimits.shouldRateLimit?.(request, { signal, deadlineAt } as CallInfo));
  return { telemetry, relay, outcomes, clock, ask };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => MallaError.from(error).code,
  );

describe('DecisionRelay', () => {
  it('passes question, deadline and answer on', async () => {
    const { telemetry, ask, outcomes } = setUp();
    const answer = ask(1_300);
    expect(telemetry.asked[0]?.settings.timeoutMs).toBe(300);
    telemetry.asked[0]?.answer.resolve(limited);
    expect(await answer).toBe(limited);
    expect(outcomes).toEqual(['answered']);
  });

  it('passes a cancellation on, which is not the fault of policy-telemetry', async () => {
    const { telemetry, ask, outcomes } = setUp();
    const left = new AbortController();
    const answer = code(ask(2_000, left.signal));
    left.abort();
    expect(telemetry.asked[0]?.settings.signal?.aborted).toBe(true);
    telemetry.asked[0]?.answer.reject(new MallaError('unavailable', 'cancelled'));
    expect(await answer).toBe('unavailable');
    expect(outcomes).toEqual(['cancelled']);
  });

  it('is unavailable at once without policy-telemetry, and with too many under way', async () => {
    expect(await code(setUp({ away: true }).ask())).toBe('unavailable');
    const { telemetry, ask, outcomes } = setUp({ maxUnderWay: 2 });
    const under = [ask(), ask()];
    expect(await code(ask())).toBe('unavailable');
    expect(telemetry.asked).toHaveLength(2);
    for (const { answer } of telemetry.asked) answer.resolve(limited);
    await Promise.all(under);
    expect(outcomes).toEqual(['refused', 'answered', 'answered']);
    void ask();
    expect(telemetry.asked).toHaveLength(3);
  });

  it('asks one question at a time while answers have been late for a second, and all again after the first answer', async () => {
    const { telemetry, ask, clock, outcomes } = setUp();
    const late = Array.from({ length: 5 }, () => code(ask(1_500)));
    clock.now = 1_500;
    for (const { answer } of telemetry.asked) answer.reject(new MallaError('unavailable', 'deadline exceeded'));
    await Promise.all(late);
    // One stall: the next question is asked as any other.
    clock.now = 2_499;
    const next = ask(4_000);
    telemetry.asked[5]?.answer.reject(new MallaError('internal', 'not late'));
    expect(await code(next)).toBe('internal');
    const again = Array.from({ length: 5 }, () => code(ask(2_500)));
    clock.now = 2_500;
    for (const { answer } of telemetry.asked.slice(6))
      answer.reject(new MallaError('unavailable', 'deadline exceeded'));
    await Promise.all(again);
    clock.now = 3_500;
    const probe = ask(5_000);
    expect(await code(ask(5_000))).toBe('unavailable');
    expect(telemetry.asked).toHaveLength(12);
    telemetry.asked[11]?.answer.resolve(limited);
    await probe;
    void ask();
    void ask();
    expect(telemetry.asked).toHaveLength(14);
    const late5 = Array.from({ length: 5 }, () => 'late');
    expect(outcomes).toEqual([...late5, 'failed', ...late5, 'refused', 'answered']);
  });

  it('counts a failed connection as that', async () => {
    const { relay, outcomes } = setUp();
    const call = { signal: new AbortController().signal } as CallInfo;
    expect(await code(Promise.resolve(relay.authorization.check?.({} as never, call)))).toBe('unavailable');
    expect(outcomes).toEqual(['unavailable']);
  });
});
