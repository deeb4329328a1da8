import type { Transport, TransportReader } from '@malla/http-codec';
import type { Counter } from './instruments.ts';

/** A TCP endpoint of a connection, or a Unix socket (port 0). */
export interface SocketEnd {
  readonly address: string;
  readonly port: number;
}

/** A peer's verified certificate, as policies and headers need it. */
export interface PeerCertificate {
  /** URI and DNS subject alternative names in their order. */
  readonly uriSans: readonly string[];
  readonly dnsSans: readonly string[];
  /** RFC 2253, as Envoy prints it; empty when the subject is. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 of the DER form, lower-case hexadecimal. */
  readonly sha256: string;
  /** DER of the leaf; PEM is made from it where it is asked for. */
  readonly der: Buffer;
  readonly validFrom: number;
  readonly validTo: number;
}

/** TLS facts of a connection, of either direction. */
export interface TlsInfo {
  /** `TLSv1.3` */
  readonly version: string;
  readonly cipher: string;
  /** Negotiated; empty without. */
  readonly alpn: string;
  /** Server name that the client asked for; empty without. */
  readonly sni: string;
  /** Absent without a certificate, or when it was not asked for. */
  readonly peer?: PeerCertificate;
  /** URI SANs and subject of our own certificate. */
  readonly localUriSans: readonly string[];
  readonly localSubject: string;
}

/** What is known of a client's connection once its filter chain was chosen. Never changes. */
export interface ConnectionInfo {
  /** Unique in the worker. */
  readonly id: number;
  readonly remote: SocketEnd;
  /** Where it was going: the original destination when it was restored, else the socket's own address. */
  readonly local: SocketEnd;
  /** Set when it was restored and differs from the socket's own address. */
  readonly originalDestination?: SocketEnd;
  readonly listener: string;
  readonly filterChain: string;
  readonly direction: 'inbound' | 'outbound' | 'unspecified';
  /** From the ClientHello even when TLS is not ended here; empty without. */
  readonly requestedServerName: string;
  readonly tls?: TlsInfo;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  /** Cached by whoever decides about the connection's identity, such as authorization verdicts; lives as long as it. */
  readonly scratch: Map<object, unknown>;
}

/** A client's connection behind its listener: handshake done, network filters passed. */
export interface DownstreamConnection {
  readonly transport: Transport;
  readonly info: ConnectionInfo;
  /** Counts the bytes of the connection as they are on it (without TLS), from now on. */
  countBytes?(received: Counter | undefined, sent: Counter | undefined): void;
}

/** The last network filter of a chain. Made once per filter chain version; connections keep the one they began with. */
export interface TerminalFilter {
  /** Takes a connection over: what it returns gets all further bytes and events. */
  accept(connection: DownstreamConnection): TerminalReader;
  /**
   * Told of a connection that a network filter has refused, in Envoy's words for CONNECTION_TERMINATION_DETAILS; for the access log. It must not use
   * the transport, which is closed next.
   */
  refuse?(connection: DownstreamConnection, details: string): void;
}

/** A connection in the hands of a terminal filter. */
export interface TerminalReader extends TransportReader {
  /** Listener or proxy drains: finish what runs, take nothing new, then end. */
  drain(): void;
}
