import type { Host } from '@malla/balancing';
import type { ConnectionInfo } from '../runtime/connection.ts';

/** Where the hosts of a cluster come from, besides lists that are delivered to it. */
export interface HostSource {
  /** Begins to look for hosts. Once. */
  start(): void;
  stop(): void;
  /** A host for this one connection, for clusters that are where the connection was going; undefined: the balancer decides. */
  hostFor?(downstream: ConnectionInfo | undefined): Host | undefined;
}
