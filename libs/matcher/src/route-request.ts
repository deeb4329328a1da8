import type { HeaderLookup } from '@malla/authz';

/** What routes are chosen by. One object may be filled again for every request. */
export interface RouteRequest {
  /** Upper case. */
  readonly method: string;
  /** Request target in origin form, normalised, with query. */
  readonly path: string;
  /** The Host header, possibly with a port. */
  readonly authority: string;
  /** Lower-case names. */
  readonly headers: HeaderLookup;
  /** The client's address without port, for hashing. */
  readonly sourceIp: string;
}
