import type { Origin } from '@malla/ir';
import type { Resource } from '@malla/model';

/** What can be wrong with valid resources taken together. */
export type DiagnosticCode =
  /** A route names a host that is no service the client may see: requests get 503. */
  | 'dangling_host'
  /** A route names a subset that no DestinationRule of the client defines: requests get 503. */
  | 'dangling_subset'
  /** A route names a port that the service does not have: requests get 503. */
  | 'dangling_port'
  /** An older VirtualService has the host already: this one is not used for it. */
  | 'duplicate_host'
  /** All weights of a route are 0: requests get 503. */
  | 'no_weight'
  /** A DestinationRule names a Secret that is not in the client's namespace or lacks a part: connections fail. */
  | 'dangling_credential'
  /** A DestinationRule of another namespace names a Secret: only rules of the client's or the root namespace may; connections fail. */
  | 'foreign_credential'
  /** Another listener has the address and port already: this one is not made. */
  | 'conflicting_listener'
  /** An older Gateway has the port for something else, or the server name: this server is not used. */
  | 'conflicting_server'
  /** A declared bind names a service port that is not in the mesh: it is not made yet. */
  | 'unknown_bind'
  /** A domain belongs to another virtual host of the same port already. */
  | 'duplicate_domain'
  /** A policy's rule cannot be enforced on a TCP port: an ALLOW rule is dropped there, a DENY rule is widened. */
  | 'http_only_rule'
  /** A CUSTOM policy names an extension provider that is not there, or not usable for the workload, or not the only one: what it matches is denied. */
  | 'unusable_authorizer'
  /** A format of log lines has a command that is not enforced: Istio's format is used. */
  | 'unknown_log_format'
  /** An extension provider of traces or logs is not in the mesh's configuration, of no use for that, or its service is not there: what should go there does not. */
  | 'unusable_provider'
  /** A condition that is not known: an ALLOW rule with it is dropped, a DENY rule ignores the condition. */
  | 'unknown_condition';

/** A finding beside the IR: never an exception, and never a reason not to translate the rest. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** For people: lower case, no trailing period. */
  readonly message: string;
  /** The resource that is to be corrected. */
  readonly origin?: Origin;
}

/** Where a resource's IR comes from. */
export function originOf(resource: Pick<Resource, 'kind' | 'metadata'>): Origin {
  return { kind: resource.kind, namespace: resource.metadata.namespace ?? '', name: resource.metadata.name };
}
