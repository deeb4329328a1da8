import type { LocalRateLimitConfig } from '@malla/proxy-config';
import type { LocalRateLimit } from '@malla/protos/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb';
import type { TokenBucket } from '@malla/protos/gen/envoy/type/v3/token_bucket_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderEdit } from '../wire/header-edits.ts';
import { readRuntimeFraction } from '../wire/percent.ts';
import { readHttpStatus } from './http-status.ts';

/** Envoy raises shorter intervals to this, because its timer cannot do less. */
const minFillIntervalMs = 50;

/** A token bucket of this process, of the filter or of a route. */
export function readLocalRateLimit(reader: FieldReader<LocalRateLimit>): LocalRateLimitConfig {
  const bucket = readBucket(reader.message('tokenBucket'));
  return {
    statPrefix: reader.take('statPrefix'),
    ...(bucket && { bucket }),
    enabledPercent: readRuntimeFraction(reader.message('filterEnabled')) ?? 0,
    enforcedPercent: readRuntimeFraction(reader.message('filterEnforced')) ?? 0,
    // Envoy takes 429 for what is no error.
    status: atLeast400(readHttpStatus(reader.message('status')), 429),
    // The reply is made here, so there is nothing to append to or to overwrite.
    responseHeadersToAdd: reader.messages('responseHeadersToAdd').flatMap((header) => {
      const edit = readHeaderEdit(header);
      return edit ? [edit.header] : [];
    }),
    perConnection: reader.take('localRateLimitPerDownstreamConnection'),
  };
}

function readBucket(reader: FieldReader<TokenBucket> | undefined): LocalRateLimitConfig['bucket'] {
  if (!reader) return undefined;
  const fillIntervalMs = reader.duration('fillInterval') ?? 0;
  if (fillIntervalMs < minFillIntervalMs) reader.refuse('fillInterval', `must be at least ${minFillIntervalMs} ms`);
  return {
    maxTokens: reader.take('maxTokens'),
    tokensPerFill: reader.take('tokensPerFill') ?? 1,
    fillIntervalMs,
  };
}

function atLeast400(status: number | undefined, otherwise: number): number {
  return status === undefined || status < 400 ? otherwise : status;
}
