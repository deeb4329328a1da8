import { protoMessage, protoNumber, protoText, type ProtoField } from './proto-fields.ts';

const unitSeconds = [0, 1, 60, 3_600, 86_400, 2_592_000, 31_536_000];

/**
 * x-ratelimit-limit, -remaining and -reset, of the limit that is nearest.
 * Source: https://datatracker.ietf.org/doc/id/draft-polli-ratelimit-headers-03.html, Envoy's ratelimit_headers.cc.
 */
export function rateLimitFields(
  statuses: readonly (readonly ProtoField[])[],
): readonly (readonly [name: string, value: string])[] {
  let nearest: readonly ProtoField[] | undefined;
  let quotas = '';
  for (const status of statuses) {
    const limit = protoMessage(status, 2);
    if (limit === undefined) continue;
    if (nearest === undefined || protoNumber(status, 3) < protoNumber(nearest, 3)) nearest = status;
    const window = unitSeconds[protoNumber(limit, 2)] ?? 0;
    if (window === 0) continue;
    const name = protoText(limit, 3);
    quotas += `, ${protoNumber(limit, 1)};w=${window}${name === '' ? '' : `;name="${name}"`}`;
  }
  if (nearest === undefined) return [];
  const limit = protoNumber(protoMessage(nearest, 2) ?? [], 1);
  const reset = protoNumber(protoMessage(nearest, 4) ?? [], 1);
  return [
    ['x-ratelimit-limit', `${limit}${quotas}`],
    ['x-ratelimit-remaining', String(protoNumber(nearest, 3))],
    ['x-ratelimit-reset', String(reset)],
  ];
}
