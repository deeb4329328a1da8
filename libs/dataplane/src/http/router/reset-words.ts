import type { ResetReason } from '@malla/http-codec';
import type { ResetOutcome } from '@malla/matcher';
import type { PoolFailure } from '../pool/pool-client.ts';

/** Why a try ended without an answer. */
export interface TryFailure {
  /** Envoy's words. */
  readonly words: string;
  readonly flag: string;
  readonly outcome: ResetOutcome;
  /** Answered with 502 instead of 503. */
  readonly protocolError: boolean;
  readonly overflow: boolean;
}

const plain = { protocolError: false, overflow: false };

/** Source: Envoy's Utility::resetReasonToString and Filter::streamResetReasonToResponseFlag. */
const resets: Readonly<Record<ResetReason, TryFailure>> = {
  'connection-termination': { ...plain, words: 'connection termination', flag: 'UC', outcome: 'reset' },
  'connection-failure': { ...plain, words: 'remote connection failure', flag: 'UF', outcome: 'connect-failure' },
  'remote-reset': { ...plain, words: 'remote reset', flag: 'UR', outcome: 'reset' },
  'remote-refused': { ...plain, words: 'remote refused stream reset', flag: 'UR', outcome: 'refused-stream' },
  'protocol-error': { ...plain, words: 'protocol error', flag: 'UPE', outcome: 'reset', protocolError: true },
  overflow: { ...plain, words: 'overflow', flag: 'UO', outcome: 'overflow', overflow: true },
  'local-reset': { ...plain, words: 'local reset', flag: 'LR', outcome: 'reset' },
};

const pool: Readonly<Record<PoolFailure['reason'], TryFailure>> = {
  overflow: resets.overflow,
  'connection-failure': resets['connection-failure'],
  'connection-timeout': { ...resets['connection-failure'], words: 'connection timeout' },
};

export function failureOfReset(reason: ResetReason): TryFailure {
  return resets[reason];
}

export function failureOfPool(failure: PoolFailure): TryFailure {
  return pool[failure.reason];
}
