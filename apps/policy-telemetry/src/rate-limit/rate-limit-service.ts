import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceHandlers } from '@malla/grpc';
import { rateLimitNames } from '@malla/ir';
import { MallaError } from '@malla/model';
import {
  RateLimitResponse_Code as Code,
  RateLimitResponse_RateLimit_Unit as Unit,
  type RateLimitRequest,
  type RateLimitService,
} from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { readDescriptor, type LimitDescriptor } from '@malla/ratelimit';
import { callingWorkload, requireOwnPolicy } from '../calling-workload.ts';
import type { LimitDecision, RateLimiter } from './rate-limiter.ts';

export interface RateLimitServiceParams {
  readonly limiter: Pick<RateLimiter, 'decide'>;
  readonly trustDomain: string;
  readonly rootNamespace: string;
}

/** A request matches at most the rules of a few policies. */
const mostDescriptors = 128;

/**
 * envoy.service.ratelimit.v3.RateLimitService for Malla's proxies. A workload may count only by policies of its own
 * namespace and of the root namespace, so that it cannot use up another's limits.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/service/ratelimit/v3/rls.proto
 */
export function rateLimitHandlers(params: RateLimitServiceParams): ServiceHandlers<typeof RateLimitService> {
  return {
    async shouldRateLimit(request, call) {
      const identity = callingWorkload(call, params.trustDomain);
      const descriptors = descriptorsOf(request);
      for (const { namespace } of descriptors) requireOwnPolicy(identity, namespace, params.rootNamespace);
      const decisions = await params.limiter.decide(descriptors);
      return {
        overallCode: decisions.every(({ allowed }) => allowed) ? Code.OK : Code.OVER_LIMIT,
        statuses: decisions.map((decision, i) => statusOf(decision, descriptors[i] as LimitDescriptor)),
      };
    },
  };
}

function descriptorsOf({ domain, descriptors, hitsAddend }: RateLimitRequest): readonly LimitDescriptor[] {
  if (domain !== rateLimitNames.domain)
    throw new MallaError('invalid', `domain: must be "${rateLimitNames.domain}", the domain of RateLimit objects`);
  if (descriptors.length === 0) throw new MallaError('invalid', 'descriptors: there are none');
  if (descriptors.length > mostDescriptors)
    throw new MallaError('invalid', `descriptors: more than ${mostDescriptors}`);
  return descriptors.map((descriptor, i) => {
    const read = readDescriptor(descriptor, hitsAddend);
    if (typeof read === 'string') throw new MallaError('invalid', `descriptors[${i}].${read}`);
    return read;
  });
}

function statusOf({ allowed, limit, state }: LimitDecision, { rule }: LimitDescriptor) {
  const code = allowed ? Code.OK : Code.OVER_LIMIT;
  // Without figures there is no limit in the answer either: proxies would tell clients that 0 remain.
  if (limit === undefined || state === undefined) return { code };
  return {
    code,
    currentLimit: { name: rule, requestsPerUnit: limit.requests, unit: Unit[limit.unit] },
    limitRemaining: state.remaining,
    durationUntilReset: durationFromMs(Math.ceil(state.resetMs)),
  };
}
