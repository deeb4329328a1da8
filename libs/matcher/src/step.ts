import type { Origin } from '@malla/ir';

/** Stages that a request passes, in order. */
export type Phase =
  | 'route-configuration'
  | 'virtual-host'
  | 'route'
  | 'fault'
  | 'redirect'
  | 'direct-response'
  | 'destination'
  | 'mirror'
  | 'endpoint'
  | 'transport'
  | 'mutual-tls'
  | 'authorization'
  | 'rate-limit'
  | 'callee';

/** One reason in the explanation of a decision. */
export interface Step {
  readonly phase: Phase;
  /** A sentence for people; facts that programs need are in the outcome. */
  readonly summary: string;
  /** The resource that asked for it, when one did. */
  readonly origin?: Origin;
}

/** Makes a step; leaves out an absent origin. */
export function step(phase: Phase, summary: string, origin?: Origin): Step {
  return origin === undefined ? { phase, summary } : { phase, summary, origin };
}
