import type { HostResult } from '../../runtime/upstream.ts';

/** What outlier detection hears, besides statuses. */
export const hostResults = {
  connectSuccess: { kind: 'connect-success' },
  connectFailed: { kind: 'connect-failed' },
  connectTimeout: { kind: 'connect-timeout' },
  reset: { kind: 'reset' },
  requestTimeout: { kind: 'request-timeout' },
} as const satisfies Record<string, HostResult>;
