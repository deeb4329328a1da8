import { parseWorkloadId, principalOf } from '@malla/spiffe';

/** What authorization sees of a request at the callee's proxy. */
export interface AuthorizationRequest {
  /** SPIFFE id of the peer without `spiffe://`; absent without mutual TLS. */
  readonly principal?: string;
  /** Namespace of the peer's identity; absent without mutual TLS or for an id in another layout. */
  readonly namespace?: string;
  /** Upper case, as on the wire. */
  readonly method: string;
  /** Normalised, without query; see {@link authorizationPath}. */
  readonly path: string;
  /** The workload's port (targetPort). */
  readonly port: number;
  /** Lower-case names; repeated headers joined by a comma, as Envoy compares them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The peer's attributes from its SPIFFE id; empty for a peer without one. */
export function peerAttributes(spiffeId: string | undefined): Pick<AuthorizationRequest, 'principal' | 'namespace'> {
  if (spiffeId === undefined) return {};
  const namespace = parseWorkloadId(spiffeId)?.namespace;
  return { principal: principalOf(spiffeId), ...(namespace === undefined ? {} : { namespace }) };
}

/** The path as policies see it: a request target without query and fragment. */
export function authorizationPath(target: string): string {
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}
