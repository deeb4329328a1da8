import type { KnownResource } from '@malla/model';
import type { DescribedObservation, DescribedRequest } from './case-schema.ts';
import type { Decisions } from '../decisions/decisions.ts';
import type { BehaviourSettings } from '../network/behaviour.ts';
import type { Observed } from './outcome.ts';
import type { PlaceholderLookup } from './placeholders.ts';

/** Something that can stand for the mesh: the simulator, or real proxies. A case must see no difference. */
export interface World {
  /** Values of this run that cases name. */
  readonly placeholders: PlaceholderLookup;
  /**
   * Puts resources on top of the base mesh and gives applications their behaviour (the default where none is named). `decisions` is what
   * policy-telemetry says to proxies; by default it knows no policy.
   */
  prepare(
    resources: readonly KnownResource[],
    applications: Readonly<Record<string, BehaviourSettings>>,
    decisions?: Decisions,
  ): Promise<void>;
  /** Sends a described request. */
  send(request: DescribedRequest): Promise<Observed>;
  /**
   * Which policies denied requests since `prepare`, in order: the policy's name, or `none` when no ALLOW policy matched. Waits for `count` of them.
   * Absent where each outcome tells by itself.
   */
  denials?(count: number): Promise<readonly string[]>;
  /** Reads values that requests do not show; path to value, undefined where there is none. */
  observe(observation: DescribedObservation): Promise<Readonly<Record<string, unknown>>>;
}
