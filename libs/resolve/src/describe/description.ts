import type { MutualTlsMode, Origin, Protocol } from '@malla/ir';
import type { TrafficPolicy } from '@malla/model';
import type { Diagnostic } from '../diagnostics.ts';

/** How widely an object is meant: for workloads that it selects, for its namespace, or for the mesh. */
export type Level = 'workload' | 'namespace' | 'mesh';

/** An object that applies, and how widely it is meant. */
export interface AppliedObject {
  readonly origin: Origin;
  readonly level: Level;
}

/** An object of a kind that is shown by its name alone. */
export interface SelectingObject extends AppliedObject {
  /** False: it is valid, and does nothing yet. */
  readonly enforced: boolean;
}

/** What a port of the workload accepts. */
export interface DescribedPort {
  /** The workload's own port. */
  readonly port: number;
  readonly protocol: Protocol;
  /** The service that leads there; `unknown` if only a proxy or a policy names the port. */
  readonly service: string;
  readonly mutualTls: DescribedMutualTls;
}

/** A mode with the object that says so; without one it is the default. */
export interface DescribedMutualTls {
  readonly mode: MutualTlsMode;
  readonly origin?: Origin;
}

/** Policies in the order in which they decide: a CUSTOM that matches asks its authorizer, a DENY that matches refuses, then one ALLOW must match if there is any. */
export interface DescribedAuthorization {
  /** Absent without CUSTOM policies. */
  readonly custom?: { readonly authorizer: string; readonly policies: readonly DescribedPolicy[] };
  readonly deny: readonly DescribedPolicy[];
  readonly allow: readonly DescribedPolicy[];
  /** What happens to a request that no policy matches. */
  readonly otherwise: 'allow' | 'deny';
}

export interface DescribedPolicy extends AppliedObject {
  /** Rules that are enforced; a policy without one matches nothing. */
  readonly rules: number;
}

/** The DestinationRules of one host, merged. */
export interface DescribedDestination {
  readonly host: string;
  /** Oldest first. */
  readonly origins: readonly Origin[];
  readonly subsets: readonly string[];
  /** Of the host as a whole. Subsets may have their own. */
  readonly trafficPolicy?: TrafficPolicy;
}

/** The VirtualServices of one host, in order of precedence: the first that has routes for a port counts, the others do nothing there. */
export interface DescribedRoutes {
  readonly host: string;
  readonly origins: readonly Origin[];
}

/** A part of an object that applies, and is valid but not enforced yet. */
export interface DescribedCut {
  readonly origin: Origin;
  readonly path: string;
  readonly message: string;
}

/** All configuration that a workload runs with, each part with the object that it comes from. */
export interface WorkloadDescription {
  /** Hosts of the services that it is behind. */
  readonly services: readonly string[];
  readonly ports: readonly DescribedPort[];
  /** Of ports that are not listed. */
  readonly otherPorts: DescribedMutualTls;
  /** PeerAuthentications that can decide, in order of precedence. */
  readonly peerAuthentications: readonly AppliedObject[];
  readonly authorization: DescribedAuthorization;
  /** Only hosts with a DestinationRule. */
  readonly destinations: readonly DescribedDestination[];
  /** Only hosts with a VirtualService. */
  readonly routes: readonly DescribedRoutes[];
  /** Objects of other kinds that select it, in the order in which they count. */
  readonly selecting: readonly SelectingObject[];
  /** Parts that are not enforced yet, of objects that otherwise apply. */
  readonly cuts: readonly DescribedCut[];
  /** What is wrong with what applies, taken together. */
  readonly diagnostics: readonly Diagnostic[];
}
