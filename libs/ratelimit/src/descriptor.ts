import { rateLimitNames } from '@malla/ir';
import type { RateLimitDescriptor } from '@malla/protos/gen/envoy/extensions/common/ratelimit/v3/ratelimit_pb';

const mostEntries = 8;
const mostKeyLength = 300;
const mostValueLength = 8_192;
/** `<namespace>/<name>` of a Kubernetes object, and the name of a rule. */
const policyPattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
const rulePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What one descriptor asks for. */
export interface LimitDescriptor {
  /** `<namespace>/<name>` of the RateLimit. */
  readonly policy: string;
  readonly namespace: string;
  readonly rule: string;
  readonly values: readonly (readonly [name: string, value: string])[];
  /** 0: only look. */
  readonly hits: number;
}

/**
 * Reads a descriptor as Malla's proxies send it. A text says what is wrong with it.
 * @param hits hits_addend of the call, which the descriptor's own overrides; 0 means not set, which is 1
 */
export function readDescriptor(descriptor: RateLimitDescriptor, hits: number): LimitDescriptor | string {
  const { entries, limit, hitsAddend, isNegativeHits } = descriptor;
  if (limit !== undefined) return 'limit: a limit comes from a RateLimit, not from the call';
  if (isNegativeHits) return 'is_negative_hits: hits are not given back';
  if (hitsAddend !== undefined && hitsAddend > 0xffff_ffffn) return 'hits_addend: more than 4294967295';
  if (entries.length > mostEntries) return `entries: more than ${mostEntries}`;
  const [policy, rule, ...values] = entries;
  if (policy?.key !== rateLimitNames.policy || !policyPattern.test(policy.value))
    return 'entries[0]: must be "policy" with <namespace>/<name> of a RateLimit';
  if (rule?.key !== rateLimitNames.rule || !rulePattern.test(rule.value))
    return 'entries[1]: must be "rule" with the name of a rule';
  for (const { key, value } of values) {
    if (key === '' || key.length > mostKeyLength) return `entries: a key must have 1 to ${mostKeyLength} characters`;
    if (value.length > mostValueLength) return `entries: a value has more than ${mostValueLength} characters`;
  }
  return {
    policy: policy.value,
    namespace: policy.value.slice(0, policy.value.indexOf('/')),
    rule: rule.value,
    values: values.map(({ key, value }) => [key, value] as const),
    hits: hitsAddend === undefined ? hits || 1 : Number(hitsAddend),
  };
}
