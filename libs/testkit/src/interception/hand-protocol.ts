/** What a hand is asked to do. Every order is answered, sooner than its timeout. */
export type HandOrder =
  /** Serve HTTP; answers say what was seen. */
  | { readonly kind: 'serve-http'; readonly address: string; readonly port: number; readonly version: string }
  /** Serve bytes: a greeting at once, when there is one, and then every chunk again behind the version. */
  | {
      readonly kind: 'serve-tcp';
      readonly address: string;
      readonly port: number;
      readonly version: string;
      readonly greeting?: string;
    }
  /** Pass bytes from a port on 127.0.0.1 to a Unix socket, which namespaces share. */
  | { readonly kind: 'forward'; readonly port: number; readonly path: string }
  /** Pass bytes on to another address, and keep them: what is on the wire. */
  | {
      readonly kind: 'serve-tape';
      readonly address: string;
      readonly port: number;
      readonly to: { readonly address: string; readonly port: number };
    }
  /** All that passed, one character per byte. */
  | { readonly kind: 'read-tape' }
  | HttpOrder
  | TcpOrder;

/** One HTTP request on a connection of its own. */
export interface HttpOrder {
  readonly kind: 'http';
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A connection that sends something and waits for the first bytes, or for the end. */
export interface TcpOrder {
  readonly kind: 'tcp';
  readonly address: string;
  readonly port: number;
  readonly send: string;
}

/** The answer to an order. */
export type HandAnswer =
  | { readonly kind: 'serving' }
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** What came back; empty when the connection ended without a byte. */
  | { readonly kind: 'bytes'; readonly text: string }
  /** The code of a system error, such as ECONNREFUSED, or `timeout`. */
  | { readonly kind: 'failed'; readonly code: string };

/** An order on its way. */
export interface NumberedOrder {
  readonly id: number;
  readonly order: HandOrder;
}

/** An answer on its way. */
export interface NumberedAnswer {
  readonly id: number;
  readonly answer: HandAnswer;
}

/** How long a hand tries. */
export const orderTimeoutMs = 8_000;
