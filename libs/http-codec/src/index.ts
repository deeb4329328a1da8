// Both protocols
export { HeaderList } from './headers.ts';
export { utf8Text } from './field-text.ts';
export { atEndOfTurn, beginTurn, endTurn, onTurnFault, type TurnTask } from './turn.ts';
export type { Transport, TransportReader } from './transport.ts';
export {
  CodecError,
  type BodyReceiver,
  type BodySender,
  type ClientConnection,
  type ClientConnectionHandler,
  type ClientExchange,
  type HttpVersion,
  type RequestHead,
  type ResetReason,
  type ResponseHead,
  type ResponseReceiver,
  type ServerConnection,
  type ServerConnectionHandler,
  type ServerExchange,
} from './exchange.ts';

// HTTP/1.1 and 1.0
export { Http1ServerConnection, type Http1ServerParams } from './http1/server-connection.ts';
export { Http1ClientConnection, type Http1ClientParams } from './http1/client-connection.ts';
export type { Http1ClientOptions, Http1ServerOptions } from './http1/options.ts';
// HTTP/2
export { Http2ServerConnection, type Http2ServerParams } from './http2/server-connection.ts';
export { Http2ClientConnection, type Http2ClientParams } from './http2/client-connection.ts';
export type { Http2Options } from './http2/options.ts';
export type { FloodLimits } from './http2/flood-guard.ts';
export { Http2Counters } from './http2/counters.ts';
export { ErrorCode, Http2Error } from './http2/error-code.ts';
export { http2Preface, looksLikeHttp2 } from './http2/preface.ts';
