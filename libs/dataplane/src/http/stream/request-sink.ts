import type { HeaderList } from '@malla/http-codec';

/** Where a request goes on to, once the filters have passed it: the router's half of a stream. */
export interface RequestSink {
  /** The buffer is good until this returns. */
  onRequestData(chunk: Buffer, endStream: boolean): void;
  onRequestTrailers(trailers: HeaderList): void;
  /** The client takes response bytes again. */
  onDownstreamWritable(): void;
  /** The stream is over, or its response complete: let go of everything. */
  onStreamEnd(): void;
}
