import type { HeaderList } from './headers.ts';

/** Version of the protocol that a peer speaks. */
export type HttpVersion = '1.0' | '1.1' | '2';

/**
 * A request head, the same for both protocols. Hop-by-hop fields (connection, keep-alive, proxy-connection, te other than trailers, transfer-encoding,
 * upgrade, http2-settings, and what `connection` names) are taken out by the codec, and so is `host`: it is `authority`.
 */
export interface RequestHead {
  method: string;
  /** As on the wire, with query; `*` for OPTIONS; empty for CONNECT without a protocol. */
  path: string;
  /** Host header or :authority, with its port; empty when there was none (HTTP/1.0). */
  authority: string;
  /** From HTTP/2 or an absolute target; else `http` or `https` as the codec was told that its transport is. */
  scheme: string;
  headers: HeaderList;
  /** Of the peer that sent it. A codec that sends a head ignores it. */
  version: HttpVersion;
  /** `websocket` and the like, in any case: an Upgrade request, or HTTP/2 extended CONNECT (RFC 8441), then `method` is GET in both. */
  upgrade?: string;
  /** The client waits for 100 Continue before it sends the body (HTTP/1.1 `expect`; the field stays in `headers`). */
  expectsContinue: boolean;
}

/** A response head. The same fields as in requests are taken out. */
export interface ResponseHead {
  status: number;
  headers: HeaderList;
  version: HttpVersion;
  /** Of 101 by HTTP/1: what the server has written as its `upgrade`. Whoever sends 101 without it means what the request asked for. */
  upgrade?: string;
}

/** Why an exchange ended without its end; each has its words in Envoy's body and response flags. */
export type ResetReason =
  /** The connection ended (Envoy: connection termination). */
  | 'connection-termination'
  /** The connection could not be made. */
  | 'connection-failure'
  /** The peer reset this stream (HTTP/2 RST_STREAM). */
  | 'remote-reset'
  /** The peer has not looked at it: RST_STREAM REFUSED_STREAM, or above the last stream of a GOAWAY. Safe to repeat. */
  | 'remote-refused'
  /** The peer broke the protocol. */
  | 'protocol-error'
  /** More was sent than may be buffered. */
  | 'overflow'
  /** We gave it up. */
  | 'local-reset';

/** Takes what the other side of an exchange sends. Methods are called in this order: data, trailers, and at most one of the ends. */
export interface BodyReceiver {
  /**
   * Body bytes, at most once with `endStream`. The buffer may be used again when this returns: whoever keeps it copies it. May be empty with `endStream`.
   */
  onData(chunk: Buffer, endStream: boolean): void;
  /** Trailers end the stream. */
  onTrailers(trailers: HeaderList): void;
  /** No end will come; nothing follows. */
  onReset(reason: ResetReason): void;
  /** After a `sendData` that gave false: it may be sent again. */
  onWritable(): void;
}

/** A client's end of an exchange that receives a response. */
export interface ResponseReceiver extends BodyReceiver {
  /** 1xx other than 101, any number of times before the head. */
  onInformational(head: ResponseHead): void;
  /** With `endStream` nothing follows. 101 and 2xx to CONNECT: bytes follow in both directions until either side ends. */
  onHead(head: ResponseHead, endStream: boolean): void;
}

/** Sends one half of an exchange. Calls after a reset or after the end do nothing. */
export interface BodySender {
  /**
   * Sends body bytes; the buffer belongs to the codec from then on, unless it came by `onData` (then it is written or copied before this returns).
   * False: enough is buffered, stop until `onWritable`.
   */
  sendData(chunk: Uint8Array, endStream: boolean): boolean;
  /** Sends trailers, which end the half. HTTP/1 peers that cannot take them get the end without them. */
  sendTrailers(trailers: HeaderList): void;
  /** Ends both halves at once: RST_STREAM, or the connection's end in HTTP/1. The receiver hears nothing more. */
  reset(reason?: ResetReason): void;
  /** Back-pressure against the peer: at most what is already on its way still comes by `onData`. */
  pauseReading(): void;
  resumeReading(): void;
}

/** One request that a server connection got. */
export interface ServerExchange extends BodySender {
  readonly head: RequestHead;
  /** No body and no trailers follow the head. */
  readonly endStream: boolean;
  /** Set before the handler returns when `endStream` is false. */
  receiver: BodyReceiver | undefined;
  /** 100, 103 and the like. */
  sendInformational(head: ResponseHead): void;
  /** Once. A response may be sent, and ended, before the request has ended; HTTP/1 then closes after it, unless little is left to read. */
  sendHead(head: ResponseHead, endStream: boolean): void;
  /** HTTP/1: ask for the end of the connection after this response (`connection: close`). HTTP/2: GOAWAY after it. */
  closeAfterwards(): void;
}

/** One request that a client connection carries. */
export interface ClientExchange extends BodySender {
  /** Once, first. */
  sendHead(head: RequestHead, endStream: boolean): void;
}

/** A connection that requests come in by. */
export interface ServerConnection {
  readonly version: '1' | '2';
  readonly activeExchanges: number;
  /** No new requests: HTTP/1 closes when idle or after the running response, HTTP/2 says GOAWAY. The transport ends when all is answered. */
  drain(): void;
  /** Ends at once. */
  destroy(): void;
}

export interface ServerConnectionHandler {
  /** A request head is complete. Sets `receiver` if more follows. */
  onRequest(exchange: ServerExchange): void;
  /** The peer broke the protocol; the codec has answered (HTTP/1: 400, 431 and so on; HTTP/2: GOAWAY) and closes. */
  onProtocolError(error: CodecError): void;
  /**
   * HTTP/1: all is sent and our side is ended; what the peer still sends is dropped until it ends too. The codec has no timers: whoever has some
   * destroys the connection after a while (Envoy's delayed_close_timeout, 1 s).
   */
  onClosing?(): void;
  /** The connection is gone, after every exchange has heard of it. */
  onClose(error?: Error): void;
  /** There is no exchange now (true), or there is one again (false). For idle timeouts. */
  onIdle(idle: boolean): void;
}

/** A connection that requests go out by. */
export interface ClientConnection {
  readonly version: '1' | '2';
  readonly activeExchanges: number;
  /** Exchanges that may be open at once: 1, or what the peer's SETTINGS and our own limit say. 0 after a GOAWAY, a `connection: close`, or the end. */
  readonly capacity: number;
  /** Begins an exchange; only while `activeExchanges` is below `capacity`. */
  open(receiver: ResponseReceiver): ClientExchange;
  /** Takes no new exchanges, ends when those that run are over. */
  drain(): void;
  destroy(): void;
}

export interface ClientConnectionHandler {
  /** `capacity` changed, or an exchange ended and there is room. */
  onAvailable(): void;
  onProtocolError(error: CodecError): void;
  /** Gone, after every exchange has heard of it. */
  onClose(error?: Error): void;
}

/** What is wrong with a peer's bytes. `status` is what an HTTP/1 server answers. */
export class CodecError extends Error {
  /** Envoy's response code detail, such as `http1.codec_error` or `request_headers_size_exceeds_limit`. */
  readonly detail: string;
  readonly status: number;

  constructor(message: string, params: { readonly detail: string; readonly status?: number }) {
    super(message);
    this.name = 'CodecError';
    this.detail = params.detail;
    this.status = params.status ?? 400;
  }
}
