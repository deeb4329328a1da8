// Both protocols
export { HeaderList } from './headers.ts';
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
