/** Where a socket is: TCP over IPv4 or IPv6 (no brackets), or a Unix socket. */
export type Address =
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string };

/** An address range: every address whose first `bits` bits are those of `address`. */
export interface CidrRange {
  readonly address: string;
  readonly bits: number;
}

/** Envoy's filter metadata: namespace -> JSON object. Read by access logs, subset matches and transport socket matches. */
export type Metadata = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
