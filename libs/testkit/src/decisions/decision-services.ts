import type { ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { Authorization } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import {
  RateLimitResponse_Code as Code,
  RateLimitResponse_RateLimit_Unit as Unit,
  type RateLimitService,
} from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { StatusCode } from '@malla/protos/gen/envoy/type/v3/http_status_pb';
import type { Decisions, LimitStatus } from './decisions.ts';

/** envoy.service.ratelimit.v3.RateLimitService by {@link Decisions}. */
export function limitHandlers(decisions: () => Decisions): ServiceHandlers<typeof RateLimitService> {
  return {
    shouldRateLimit: ({ descriptors }) => {
      const statuses = present(decisions()).limit(
        descriptors.map(({ entries }) => entries.map(({ key, value }) => [key, value] as const)),
      );
      return {
        overallCode: statuses.every(({ fits }) => fits) ? Code.OK : Code.OVER_LIMIT,
        statuses: statuses.map(({ fits, rule, limit, remaining }) => ({
          code: fits ? Code.OK : Code.OVER_LIMIT,
          currentLimit: { name: rule, requestsPerUnit: limit.requests, unit: Unit[limit.unit] },
          limitRemaining: remaining,
          durationUntilReset: { seconds: resetSeconds },
        })),
      };
    },
  };
}

/** The same as response headers: draft 03 of "RateLimit header fields", by the limit that is nearest. */
export function limitHeaders(statuses: readonly LimitStatus[]): Readonly<Record<string, string>> {
  const nearest = [...statuses].sort((a, b) => a.remaining - b.remaining)[0];
  if (nearest === undefined) return {};
  const quotas = statuses.map(({ rule, limit }) => `, ${limit.requests};w=${seconds[limit.unit]};name="${rule}"`);
  return {
    'x-ratelimit-limit': `${nearest.limit.requests}${quotas.join('')}`,
    'x-ratelimit-remaining': String(nearest.remaining),
    'x-ratelimit-reset': String(resetSeconds),
  };
}

/** envoy.service.auth.v3.Authorization by {@link Decisions}. */
export function keyHandlers(decisions: () => Decisions): ServiceHandlers<typeof Authorization> {
  return {
    check: ({ attributes }) => {
      const headers = attributes?.request?.http?.headers ?? {};
      const verdict = present(decisions()).checkKey(attributes?.contextExtensions ?? {}, headers);
      if ('refused' in verdict)
        return {
          status: { code: 16 },
          httpResponse: {
            case: 'deniedResponse',
            value: { status: { code: StatusCode.Unauthorized }, body: verdict.refused },
          },
        };
      const client = { key: 'x-api-client', value: verdict.client };
      return {
        status: { code: 0 },
        httpResponse: {
          case: 'okResponse',
          value: {
            headers: [{ header: client, appendAction: AppendAction.OVERWRITE_IF_EXISTS_OR_ADD }],
            headersToRemove: [verdict.header],
          },
        },
      };
    },
  };
}

const resetSeconds = 60n;
const seconds = { SECOND: 1, MINUTE: 60, HOUR: 3_600, DAY: 86_400 } as const;

function present(decisions: Decisions): Decisions {
  if (decisions.away) throw new MallaError('unavailable', 'nobody decides');
  return decisions;
}
