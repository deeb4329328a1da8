import type { RateLimitIr, RateLimitMatchIr, RateLimitRuleIr, RateLimitValueIr, ValueMatch } from '@malla/ir';
import type { RateLimit, RateLimitMatch, RateLimitRule } from '@malla/model';
import { originOf } from '../diagnostics.ts';
import { resolveStringMatch } from '../routes/string-match.ts';

/** The limits of a workload, of the policies that select it. */
export function resolveRateLimits(policies: readonly RateLimit[]): readonly RateLimitIr[] {
  return policies.map((policy) => ({
    origin: originOf(policy),
    failClosed: policy.spec.failureMode === 'CLOSED',
    rules: policy.spec.rules.map(resolveRule),
  }));
}

function resolveRule({ name, match = [], perValueOf = [] }: RateLimitRule): RateLimitRuleIr {
  return { name, matches: match.map(resolveMatch), values: perValueOf.flatMap((value) => valueOf(value) ?? []) };
}

function resolveMatch({ paths = [], methods = [], headers = {} }: RateLimitMatch): RateLimitMatchIr {
  return {
    paths: paths.map(({ exact, prefix = '/' }) =>
      exact === undefined ? { kind: 'prefix', value: prefix } : { kind: 'exact', value: exact },
    ),
    methods,
    headers: Object.entries(headers).map(([name, match]) => ({
      name: name.toLowerCase(),
      match: resolveStringMatch(match) ?? ({ kind: 'present' } satisfies ValueMatch),
    })),
  };
}

function valueOf(value: NonNullable<RateLimitRule['perValueOf']>[number]): RateLimitValueIr | undefined {
  if (value.header !== undefined) return { kind: 'header', name: value.header.toLowerCase() };
  if (value.remoteAddress !== undefined) return { kind: 'remote-address' };
  if (value.sourcePrincipal !== undefined) return { kind: 'source-principal' };
  return value.path === undefined ? undefined : { kind: 'path' };
}
