import type { ResponseHead } from '@malla/http-codec';
import type { ConnectionInfo } from '../../runtime/connection.ts';
import type { Stream } from './stream.ts';

/** The connection of a stream. */
export interface StreamSession {
  readonly isHttp2: boolean;
  readonly info: ConnectionInfo;
  /** Last word before a response head goes out: does the connection go on? */
  beforeResponse(stream: Stream, head: ResponseHead): void;
  /** `tunnel`: the connection has spoken another protocol. */
  onStreamOver(tunnel: boolean): void;
}
