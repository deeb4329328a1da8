// Both protocols
export { HeaderList } from './headers.ts';
export { utf8Text } from './field-text.ts';
export { atEndOfTurn, beginTurn, endTurn, type TurnTask } from './turn.ts';
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
export type { Http1ServerOptions } from './http1/server-options.ts';
