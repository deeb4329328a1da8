import {
  createClient,
  GrpcServer,
  insecureChannel,
  insecureServer,
  openChannel,
  type CallInfo,
  type Channel,
} from '@malla/grpc';
import { MallaError } from '@malla/model';
import { createLogger } from '@malla/observability';
import { RateLimitResponse_Code, RateLimitService } from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { waitFor } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecisionRelay } from './decision-relay.ts';
import { TelemetryLink } from './telemetry-link.ts';

const logger = createLogger({ service: 'spec', level: 'silent' });

async function listen(server: GrpcServer): Promise<number> {
  return server.listen({ host: '127.0.0.1', port: 0, credentials: insecureServer, setting: 'none' });
}

describe('the relay between a data plane and policy-telemetry, by gRPC', () => {
  let telemetry: GrpcServer;
  let agent: GrpcServer;
  let link: TelemetryLink;
  let channel: Channel;
  let calls: CallInfo[];
  let silent: boolean;
  const ask = (settings = {}) => createClient(RateLimitService, channel).shouldRateLimit({ domain: 'malla' }, settings);

  beforeEach(async () => {
    calls = [];
    silent = false;
    telemetry = new GrpcServer({ name: 'policy-telemetry', logger }).add(RateLimitService, {
      shouldRateLimit: (_request, call) => {
        calls.push(call);
        return silent ? new Promise(() => undefined) : { overallCode: RateLimitResponse_Code.OVER_LIMIT };
      },
    });
    const port = await listen(telemetry);
    link = new TelemetryLink({ host: '127.0.0.1', port }, () => insecureChannel);
    const relay = new DecisionRelay({ client: () => link.client, now: Date.now, count: () => undefined });
    agent = new GrpcServer({ name: 'the agent', logger }).add(RateLimitService, relay.rateLimits);
    channel = openChannel({ target: { host: '127.0.0.1', port: await listen(agent) }, credentials: insecureChannel });
  });

  afterEach(async () => {
    channel.close();
    link.close();
    await agent.close(100);
    await telemetry.close(100);
  });

  it('passes answer and deadline on', async () => {
    const before = Date.now();
    expect((await ask({ timeoutMs: 60_000 })).overallCode).toBe(RateLimitResponse_Code.OVER_LIMIT);
    // Nobody waits longer for a decision than the relay does.
    expect(calls[0]?.deadlineAt).toBeGreaterThan(before);
    expect(calls[0]?.deadlineAt).toBeLessThan(Date.now() + 30_000);
  });

  it('passes a cancellation on', async () => {
    silent = true;
    const left = new AbortController();
    const answer = ask({ signal: left.signal, timeoutMs: 60_000 }).catch(
      (error: unknown) => MallaError.from(error).code,
    );
    await waitFor(() => calls.length === 1, { what: 'the question to arrive' });
    left.abort();
    expect(await answer).toBe('unavailable');
    const signal = calls[0]?.signal;
    await waitFor(() => signal?.aborted === true, { what: 'the cancellation to arrive' });
  });

  it('fails at once when policy-telemetry is away', async () => {
    await ask({ timeoutMs: 60_000 });
    await telemetry.close(0);
    await expect(ask({ timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
