import type { ListenerConfig } from '@malla/proxy-config';
import type { SocketEnd } from '../runtime/connection.ts';
import type { WorkerServices } from '../runtime/services.ts';
import type { ChainFacts } from './chain-table.ts';
import type { FilterChain } from './filter-chain.ts';
import type { InspectorStats } from './inspector-stats.ts';
import type { ListenerStats } from './listener-stats.ts';
import type { OriginalDestination } from './original-destination.ts';

/** What listeners use of a worker. */
export type ListenerServices = Pick<WorkerServices, 'stats' | 'timers' | 'log'>;

/** A listener as the connections see it that it has accepted. */
export interface AcceptingListener {
  readonly config: ListenerConfig;
  readonly services: ListenerServices;
  readonly stats: ListenerStats;
  readonly inspectorStats: InspectorStats;
  /** Its first address; with the port that was chosen when the configuration has none. */
  readonly ownEnd: SocketEnd;
  /** Set when a listener filter needs it. */
  readonly originalDestination: OriginalDestination | undefined;
  chainFor(facts: ChainFacts): FilterChain | undefined;
  /** The listener that a restored destination belongs to. */
  findListener(destination: SocketEnd): AcceptingListener | undefined;
}
